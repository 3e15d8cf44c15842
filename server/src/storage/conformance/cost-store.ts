import { describe, expect } from "vitest";
import type { CostEntry } from "../../core/ports/cost-store.ts";
import type { StoresFactory } from "./stores.ts";
import { testWith } from "./with-stores.ts";

const BEYOND_A_NUMBER = 2n ** 53n + 1n;

function cost(changes: Partial<CostEntry>): CostEntry {
  return {
    owner: "o",
    id: "1",
    provider: "openai",
    model: "gpt-4o",
    task: "chat_smart",
    key: "k",
    day: "2026-11-25",
    nano: 10n,
    promptTokens: 100,
    completionTokens: 20,
    cachedTokens: 5,
    state: "settled",
    ...changes,
  };
}

function changes(parts: { reserve?: CostEntry[]; settle?: CostEntry[]; release?: string[] }) {
  const { reserve = [], settle = [], release = [] } = parts;
  return { reserve, settle, release: release.map((id) => ({ owner: "o", id })) };
}

/** What every CostStore must do. */
export function describeCostStore(name: string, open: StoresFactory): void {
  describe(`${name} as a CostStore`, () => {
    const check = testWith(open);
    describeSums(check);
    describeLeases(check);
  });
}

type Check = ReturnType<typeof testWith>;

function describeSums(check: Check): void {
  check("sums grow exactly, beyond what a number can hold", async ({ costs }) => {
    await costs.write(
      changes({ settle: [cost({ nano: BEYOND_A_NUMBER }), cost({ id: "2", nano: 1n })] }),
    );
    await costs.write(changes({ settle: [cost({ nano: 1n, requests: 3 })] }));
    expect(await costs.sums("o", { by: "provider" })).toEqual([
      {
        group: "openai",
        nano: BEYOND_A_NUMBER + 2n,
        requests: 5,
        unpriced: 0,
        promptTokens: 300,
        completionTokens: 60,
        cachedTokens: 15,
      },
    ]);
    expect(await costs.spentSince("o", { day: "2026-11-25" })).toBe(BEYOND_A_NUMBER + 2n);
  });
  check(
    "sums are grouped, limited to days, the dearest first and days in order",
    async ({ costs }) => {
      const settle = [
        cost({ day: "2026-11-24", model: "a", nano: 1n }),
        cost({ day: "2026-11-25", model: "b", nano: 7n, key: "" }),
        cost({ day: "2026-11-26", model: "a", nano: 2n }),
        cost({ day: "2026-11-26", model: "c", nano: null }),
      ];
      await costs.write(changes({ settle }));
      const groups = async (options: Parameters<typeof costs.sums>[1]) =>
        (await costs.sums("o", options)).map(({ group, nano }) => [group, nano]);
      expect(await groups({ by: "model" })).toEqual([
        ["b", 7n],
        ["a", 3n],
        ["c", 0n],
      ]);
      expect(await groups({ by: "key" })).toEqual([
        ["", 7n],
        ["k", 3n],
      ]);
      expect(await groups({ by: "day", since: "2026-11-25" })).toEqual([
        ["2026-11-25", 7n],
        ["2026-11-26", 2n],
      ]);
      expect(await groups({ by: "day", until: "2026-11-24" })).toEqual([["2026-11-24", 1n]]);
    },
  );
  check("requests without a price are counted apart and cost nothing", async ({ costs }) => {
    await costs.write(changes({ settle: [cost({ nano: null, requests: 2 }), cost({})] }));
    const [sum] = await costs.sums("o", { by: "model" });
    expect(sum).toMatchObject({ nano: 10n, requests: 3, unpriced: 2 });
  });
}

function describeLeases(check: Check): void {
  check("a lease counts as spent until it is settled or released", async ({ costs }) => {
    const spent = () => costs.spentSince("o", { day: "2026-11-01" });
    const reserve = [cost({ id: "a", nano: 50n }), cost({ id: "b", nano: 70n })];
    await costs.write(changes({ reserve }));
    expect(await spent()).toBe(120n);
    expect(await costs.sums("o", { by: "model" })).toEqual([]);
    await costs.write(changes({ settle: [cost({ id: "a", nano: 30n })], release: ["b"] }));
    expect(await spent()).toBe(30n);
  });
  check(
    "leases of a process that died become spending of their day [req:bridge.cost-crash]",
    async ({ costs }) => {
      const reserve = [
        cost({ id: "a", nano: BEYOND_A_NUMBER, day: "2026-11-24" }),
        cost({ id: "b", nano: 3n, owner: "p" }),
      ];
      await costs.write(changes({ reserve }));
      expect(await costs.settleOrphans()).toEqual({ count: 2, nano: BEYOND_A_NUMBER + 3n });
      expect(await costs.settleOrphans()).toEqual({ count: 0, nano: 0n });
      expect(await costs.sums("o", { by: "day" })).toMatchObject([
        { group: "2026-11-24", nano: BEYOND_A_NUMBER, requests: 1 },
      ]);
      expect(await costs.spentSince("p", { day: "2026-11-25" })).toBe(3n);
    },
  );
  check("a group that is sent again is written once", async ({ costs }) => {
    const settle = { ...changes({ settle: [cost({})] }), batch: { writer: "w", number: 1 } };
    await costs.write(settle);
    await costs.write(settle);
    await costs.write({ ...settle, batch: { writer: "w", number: 2 } });
    await costs.write({ ...settle, batch: { writer: "v", number: 1 } });
    expect(await costs.spentSince("o", { day: "2026-11-25" })).toBe(30n);
  });
  check("spending by key is of every owner, a single key's of its own", async ({ costs }) => {
    const settle = [
      cost({ key: "k", nano: 1n }),
      cost({ key: "k", nano: 2n, owner: "p" }),
      cost({ key: "", nano: 4n, day: "2026-11-24" }),
      cost({ key: "k", nano: 8n, day: "2026-10-31" }),
    ];
    await costs.write(changes({ settle, reserve: [cost({ id: "lease", key: "", nano: 16n })] }));
    expect(await costs.spentByKey({ since: "2026-11-01" })).toEqual([
      { key: "", day: "2026-11-24", nano: 4n },
      { key: "", day: "2026-11-25", nano: 16n },
      { key: "k", day: "2026-11-25", nano: 3n },
    ]);
    expect(await costs.spentSince("o", { day: "2026-11-01", key: "k" })).toBe(1n);
  });
  check(
    "owners see their own spending only, and cannot release another's lease",
    async ({ costs }) => {
      await costs.write(changes({ reserve: [cost({ owner: "p", id: "a" })], release: ["a"] }));
      await costs.write(changes({ settle: [cost({ owner: "p" })] }));
      expect(await costs.sums("o", { by: "day" })).toEqual([]);
      expect(await costs.spentSince("o", { day: "2026-11-01" })).toBe(0n);
      expect(await costs.spentSince("p", { day: "2026-11-01" })).toBe(20n);
    },
  );
}
