import { describe, expect, test } from "vitest";
import type { CostEntry } from "../../core/ports/cost-store.ts";
import { call, LedgerWorld, settled, usageOf } from "./__fixtures__/ledger-world.ts";

const CENT = 10_000_000n;

describe("groups", () => {
  test("free calls of one kind become one sum in one write, without leases", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    for (let count = 0; count < 100; count += 1) {
      const reservation = await ledger.reserve(call({ estimate: 0n, provider: "ollama" }));
      reservation.settle({ cost: 0n, usage: usageOf(10, 1) });
    }
    expect(world.costs.writes).toEqual([]);
    await world.elapse();
    expect(world.costs.writes).toHaveLength(1);
    expect(world.costs.writes[0]).toMatchObject({
      reserve: [],
      release: [],
      settle: [{ nano: 0n, requests: 100, promptTokens: 1000, completionTokens: 100 }],
    });
  });
  test("leases that arrive while one is written share the next write, with what was settled", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 10 });
    (await ledger.reserve(call())).settle({ cost: CENT, usage: null });
    await Promise.all(Array.from({ length: 50 }, () => ledger.reserve(call())));
    expect(world.costs.writes.length).toBeLessThanOrEqual(3);
    expect(world.costs.leased).toBeGreaterThanOrEqual(500n * CENT);
    expect(world.costs.settled).toHaveLength(1);
  });
  test("a call that fits what was set aside before begins without a write", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 100 });
    (await ledger.reserve(call({ estimate: CENT }))).settle({ cost: CENT, usage: null });
    const writes = world.costs.writes.length;
    for (let count = 0; count < 99; count += 1) await ledger.reserve(call({ estimate: CENT }));
    expect(world.costs.writes).toHaveLength(writes);
    await ledger.reserve(call({ estimate: 2n * CENT }));
    expect(world.costs.writes).toHaveLength(writes + 1);
    expect(world.costs.leased).toBeGreaterThanOrEqual(101n * CENT);
  });
  test("what is set aside is on disk at every moment, and none of it is left after a rest", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 100 });
    const open = await Promise.all(
      Array.from({ length: 20 }, () => ledger.reserve(call({ estimate: CENT }))),
    );
    for (const [index, reservation] of open.entries()) {
      if (index % 2 === 0) reservation.settle({ cost: CENT / 2n, usage: null });
      else reservation.release();
      expect(world.costs.counted).toBeGreaterThanOrEqual(ledger.budgets()[0]?.spent ?? 0n);
      if (index % 5 === 0) await world.elapse();
    }
    await world.elapse();
    await world.elapse();
    expect(world.costs.leases.size).toBe(0);
    expect(world.costs.counted).toBe(5n * CENT);
  });
});

describe("a disk that fails", () => {
  test("keeps what was spent, says so once, and writes it when it can", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    const reservation = await ledger.reserve(call());
    world.costs.broken = "before";
    reservation.settle({ cost: 4n * CENT, usage: null });
    await world.elapse();
    await world.elapse();
    expect(world.logged).toEqual(["Costs cannot be written and are kept in memory: disk full"]);
    expect(ledger.budgets()[0]?.spent).toBe(4n * CENT);
    world.costs.broken = null;
    await world.elapse();
    expect(world.costs.counted).toBe(4n * CENT);
    expect(world.logged.at(-1)).toBe("Costs can be written again");
  });
  test("lets no paid call begin under a budget, but free ones; nothing stays reserved [req:bridge.budget-disk]", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    world.costs.broken = "before";
    await expect(ledger.reserve(call())).rejects.toMatchObject({ code: "unavailable" });
    await expect(ledger.reserve(call())).rejects.toThrow("Spending cannot be recorded");
    await ledger.reserve(call({ estimate: 0n }));
    expect(ledger.budgets()[0]?.spent).toBe(0n);
    world.costs.broken = null;
    await ledger.reserve(call());
    await ledger.flush();
    expect(world.costs.counted).toBe(10n * CENT);
  });
  test("counts nothing twice when only the answer of a write was lost", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    const reservation = await ledger.reserve(call());
    world.costs.broken = "after";
    reservation.settle({ cost: 4n * CENT, usage: null });
    await world.elapse();
    await expect(ledger.reserve(call())).rejects.toMatchObject({ code: "unavailable" });
    world.costs.broken = null;
    await ledger.flush();
    expect(world.costs.counted).toBe(4n * CENT);
  });
  test("takes no more memory for more requests", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open();
    world.costs.broken = "before";
    for (let count = 0; count < 1000; count += 1) {
      (await ledger.reserve(call())).settle({ cost: 1n, usage: null });
    }
    await world.elapse();
    world.costs.broken = null;
    await ledger.flush();
    expect(world.costs.settled.length).toBeLessThanOrEqual(2);
    expect(world.costs.counted).toBe(1000n);
  });
  test("at the end says what is lost", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open();
    world.costs.broken = "before";
    (await ledger.reserve(call())).settle({ cost: 4n * CENT, usage: null });
    await ledger.close();
    expect(world.logged.at(-1)).toBe(
      "The cost of 1 requests, $0.04, could not be written and is lost",
    );
  });
});

test("closing writes what waits", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open();
  (await ledger.reserve(call())).settle({ cost: CENT, usage: null });
  await ledger.close();
  await settled();
  expect(world.costs.counted).toBe(CENT);
});

/** What is summed up by whom and for what it is. */
function sumsOfAll(
  entries: readonly (Pick<CostEntry, "owner" | "key" | "model" | "task" | "day"> & {
    nano: bigint | null;
    requests?: number;
  })[],
) {
  const sums = new Map<string, [nano: bigint, requests: number]>();
  for (const { owner, key, model, task, day, nano, requests = 1 } of entries) {
    const name = [owner, key, model, task, day].join();
    const [allNano, allRequests] = sums.get(name) ?? [0n, 0];
    sums.set(name, [allNano + (nano ?? 0n), allRequests + requests]);
  }
  return sums;
}

test("calls that take turns are added each to its own sums, once, though writes fail between them", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open({ perMonth: 1000 });
  const calls = Array.from({ length: 128 }, (_, turn) => {
    const name = (bit: number) => ((turn >> bit) % 2 === 0 ? "a" : "b");
    const day = turn < 64 ? "2026-11-25" : "2026-11-26";
    const nano = turn % 3 === 0 ? 0n : BigInt(turn);
    return { owner: name(0), key: name(1), model: name(2), task: name(3), day, nano };
  });
  for (const [turn, { day, nano, ...whose }] of calls.entries()) {
    world.now = Date.parse(`${day}T12:00:00Z`);
    const reserved = await ledger.reserve(call({ ...whose, estimate: nano }));
    reserved.settle({ cost: nano, usage: null });
    if (turn % 16 !== 7) continue;
    world.costs.broken = turn % 32 === 7 ? "before" : "after";
    await world.elapse();
    world.costs.broken = null;
    await world.elapse();
  }
  await ledger.flush();
  expect(sumsOfAll(world.costs.settled)).toEqual(sumsOfAll(calls));
});
