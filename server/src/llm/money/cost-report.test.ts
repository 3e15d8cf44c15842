import { expect, test } from "vitest";
import { call, LedgerWorld, usageOf } from "./__fixtures__/ledger-world.ts";
import { costReport } from "./cost-report.ts";

test("a report has what was just spent, names what has no price, and shows what is left [req:bridge.cost-report]", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open();
  const spend = async (changes: Parameters<typeof call>[0], cost: bigint | null) =>
    (await ledger.reserve(call(changes))).settle({ cost, usage: usageOf(10, 5) });
  await spend({}, 12_345_678n);
  await spend({ model: "mystery", estimate: null }, null);
  await spend({ provider: "ollama", model: "llama", estimate: 0n }, 0n);
  ledger.configure({ perDay: 1 });
  const report = await costReport({ costs: world.costs, ledger }, "local", { by: "provider" });
  expect(report.rows).toEqual([
    {
      group: "openai",
      cost: 0.012345678,
      exactCost: "0.012345678",
      nano: "12345678",
      requests: 2,
      unpriced: 1,
      promptTokens: 20,
      completionTokens: 10,
      cachedTokens: 0,
    },
    expect.objectContaining({ group: "ollama", cost: 0, requests: 1, unpriced: 0 }),
  ]);
  expect(report.total).toMatchObject({ exactCost: "0.012345678", requests: 3, unpriced: 1 });
  expect(report.unpricedModels).toEqual(["mystery"]);
  expect(report.budgets).toEqual([
    {
      name: "per_day",
      key: undefined,
      limit: 1,
      spent: 0.012345678,
      left: 0.987654322,
      resetsAt: "2026-11-26T00:00:00.000Z",
    },
  ]);
  expect(report.complete).toBe(true);
});

test("a report says that it is not complete while the disk fails", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open();
  world.costs.broken = "before";
  (await ledger.reserve(call())).settle({ cost: 5n, usage: null });
  const report = await costReport({ costs: world.costs, ledger }, "local", { by: "day" });
  expect(report).toMatchObject({ complete: false, rows: [], total: { cost: 0 } });
});
