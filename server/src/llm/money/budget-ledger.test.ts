import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { call, LedgerWorld, settled, usageOf } from "./__fixtures__/ledger-world.ts";
import type { Reservation } from "./budget-ledger.ts";

const CENT = 10_000_000n;

describe("limits", () => {
  test("a call that may go beyond a limit is refused with limit, spent, asked and when it begins anew [req:bridge.budget]", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 0.25 });
    await ledger.reserve(call());
    await ledger.reserve(call());
    const refused = () => ledger.reserve(call());
    expect(refused).toThrow(expect.objectContaining({ code: "budget_exceeded" }));
    expect(refused).toThrow(
      "The budget of $0.25 a day leaves too little: $0.20 is spent or reserved, and this call may cost up to $0.10. It begins anew at 2026-11-26T00:00:00.000Z; budgets.per_day sets it",
    );
    expect(ledger.refusal(5n * CENT, "k")).toBeNull();
  });
  test("free calls are never refused, and a call without a price is under any limit [req:bridge.budget-free]", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perMonth: 0 });
    expect(ledger.refusal(0n, "k")).toBeNull();
    await ledger.reserve(call({ estimate: 0n }));
    expect(ledger.refusal(null, "k")).toBe("budgets.per_month is $0.00");
    expect(() => ledger.reserve(call({ estimate: null }))).toThrow(
      "The price of gpt-4o at 'openai' is not known, and budgets.per_month is $0.00. Set cost_per_1k_input",
    );
  });
  test("without limits everything is allowed, at once, and recorded", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open();
    const reservation = await ledger.reserve(call({ estimate: null }));
    expect(world.costs.writes).toEqual([]);
    reservation.settle({ cost: null, usage: usageOf(10, 5) });
    await ledger.flush();
    expect(world.costs.settled).toMatchObject([{ nano: null, promptTokens: 10, requests: 1 }]);
  });
  test("each key has its own budget, callers without one share one, and all share the global", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDayForEachKey: 0.1, perDay: 0.3 });
    await ledger.reserve(call({ key: "a" }));
    await ledger.reserve(call({ key: undefined }));
    expect(() => ledger.reserve(call({ key: "a" }))).toThrow("a day of this API key");
    expect(() => ledger.reserve(call({ key: undefined }))).toThrow("of this API key");
    await ledger.reserve(call({ key: "b" }));
    expect(() => ledger.reserve(call({ key: "c" }))).toThrow("$0.30 a day leaves");
  });
  test("a day and a month begin anew in UTC; what was reserved before midnight stays in its day", async () => {
    const world = new LedgerWorld();
    world.now = Date.parse("2026-11-30T23:59:59.999Z");
    const ledger = await world.open({ perDay: 0.1, perMonth: 0.15 });
    const late = await ledger.reserve(call());
    expect(ledger.refusal(CENT, "k")).toContain("2026-12-01T00:00:00.000Z");
    world.now += 1;
    late.settle({ cost: 9n * CENT, usage: null });
    await ledger.reserve(call());
    world.now += 24 * 3600_000;
    expect(ledger.refusal(6n * CENT, "k")).toContain("begins anew at 2027-01-01T00:00:00.000Z");
    expect(ledger.refusal(5n * CENT, "k")).toBeNull();
    await ledger.flush();
    expect(world.costs.settled).toMatchObject([{ day: "2026-11-30", nano: 9n * CENT }]);
  });
  test("a clock that is put back a day finds what was spent there", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 0.1 });
    await ledger.reserve(call());
    world.now += 24 * 3600_000;
    expect(ledger.refusal(CENT, "k")).toBeNull();
    world.now -= 24 * 3600_000;
    expect(ledger.refusal(CENT, "k")).not.toBeNull();
  });
  test("new limits hold at once for what was spent before", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open();
    (await ledger.reserve(call())).settle({ cost: 10n * CENT, usage: null });
    ledger.configure({ perDay: 0.1 });
    expect(ledger.refusal(1n, "k")).not.toBeNull();
    expect(ledger.budgets()).toEqual([
      {
        name: "per_day",
        key: undefined,
        limit: 10n * CENT,
        spent: 10n * CENT,
        left: 0n,
        resetsAt: Date.parse("2026-11-26T00:00:00Z"),
      },
    ]);
  });
});

describe("settling", () => {
  test("happens once: the first of settle and release counts", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    const first = await ledger.reserve(call());
    first.settle({ cost: 3n * CENT, usage: null });
    first.settle({ cost: 50n * CENT, usage: null });
    first.release();
    const second = await ledger.reserve(call());
    second.release();
    second.settle({ cost: 50n * CENT, usage: null });
    await ledger.flush();
    expect(ledger.budgets()[0]?.spent).toBe(3n * CENT);
    expect(world.costs.counted).toBe(3n * CENT);
    expect(world.costs.leases.size).toBe(0);
  });
  test("more than was reserved is recorded truthfully and keeps others out", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 0.25 });
    (await ledger.reserve(call())).settle({ cost: 40n * CENT, usage: null });
    expect(ledger.budgets()[0]).toMatchObject({ spent: 40n * CENT, left: 0n });
    expect(() => ledger.reserve(call({ estimate: 1n }))).toThrow("$0.40 is spent");
    await ledger.flush();
    expect(world.costs.counted).toBe(40n * CENT);
  });
  test("a cost that nobody knows counts as the estimate", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    (await ledger.reserve(call())).settle({ cost: null, usage: null });
    await ledger.flush();
    expect(world.costs.settled).toMatchObject([{ nano: 10n * CENT }]);
  });
});

describe("a crash", () => {
  test("forgets no spending: settled costs and unsettled leases count after a restart [req:bridge.budget-restart]", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 0.3 });
    (await ledger.reserve(call())).settle({ cost: 5n * CENT, usage: null });
    await ledger.reserve(call());
    await world.elapse();
    // The process dies here: nothing is closed.
    const next = new LedgerWorld(world.costs);
    const reopened = await next.open({ perDay: 0.3 });
    expect(next.logged).toEqual([
      "Sekha ended last without settling all calls; what was set aside for them counts as spent, $0.10",
    ]);
    expect(reopened.budgets()[0]?.spent).toBe(15n * CENT);
    expect(() => reopened.reserve(call({ estimate: 16n * CENT }))).toThrow("$0.15");
  });
  test("a lease is durable before the call may begin", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 1 });
    const pending = ledger.reserve(call());
    expect(world.costs.leases.size).toBe(0);
    await pending;
    expect(world.costs.leases.size).toBe(1);
  });
  test("costs at most a hundredth of the smallest limit beyond what was under way, however many models are called", async () => {
    const world = new LedgerWorld();
    const ledger = await world.open({ perDay: 10, perDayForEachKey: 2 });
    for (const model of ["one", "two", "three"]) await ledger.reserve(call({ model }));
    expect(world.costs.counted).toBe(30n * CENT + 2n * CENT);
  });
});

/** One request of a property: when it asks, how much, and how it ends. */
const request = fc.record({
  estimate: fc.bigInt(1n, 60n),
  share: fc.nat(100),
  key: fc.constantFrom("a", "b", undefined),
  end: fc.constantFrom("settle", "release", "never"),
  turns: fc.nat(5),
});

test("however requests interleave, settled and reserved never exceed a limit, in memory or on disk [req:bridge.budget-concurrent]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
      const world = new LedgerWorld();
      const limit = 100n;
      const ledger = await world.open({ perDay: 1e-7, perDayForEachKey: 6e-8 });
      let [held, most] = [0n, 0n];
      const change = (nano: bigint) => {
        held += nano;
        most = held > most ? held : most;
      };
      const finish = (reservation: Reservation, { estimate, share, end }: (typeof requests)[0]) => {
        const cost = (estimate * BigInt(share)) / 100n;
        if (end === "settle") reservation.settle({ cost, usage: null });
        if (end === "release") reservation.release();
        if (end !== "never") change((end === "settle" ? cost : 0n) - estimate);
      };
      await Promise.all(
        requests.map(async (one) => {
          for (let turn = 0; turn < one.turns; turn += 1) await settled();
          const allowed = ledger.refusal(one.estimate, one.key) === null;
          const asked = call({ estimate: one.estimate, key: one.key });
          const reserved = (async () => ledger.reserve(asked))();
          if (allowed) change(one.estimate);
          const reservation = await reserved.catch(() => null);
          expect(reservation !== null).toBe(allowed);
          await settled();
          if (reservation !== null) finish(reservation, one);
        }),
      );
      await ledger.flush();
      expect(most <= limit).toBe(true);
      expect(ledger.budgets()[0]?.spent).toBe(held);
      expect(world.costs.counted).toBe(held);
    }),
    { numRuns: 60 },
  );
});
