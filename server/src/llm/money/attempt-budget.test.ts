import { expect, test } from "vitest";
import type { Candidate, RoutePlan } from "../routing/route.ts";
import { call, LedgerWorld, usageOf } from "./__fixtures__/ledger-world.ts";
import { attemptBudget } from "./attempt-budget.ts";
import { resolvePrices } from "./prices.ts";

/** As much of a candidate as money looks at. */
function candidate(estimate: bigint | null): Candidate {
  const prices = resolvePrices({ type: "openai", id: "o" }, { modelId: "gpt-4o" });
  const model = { modelId: "gpt-4o", prices } as Candidate["model"];
  const provider = { id: "openai" } as Candidate["provider"];
  return { provider, model, task: "chat_smart", estimate, refusal: null, reason: "" };
}

const plan = {} as RoutePlan;

test("an attempt settles at its candidate's prices and says what it cost", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open({ perDay: 1 });
  const budget = attemptBudget(ledger);
  const who = { plan, owner: "local", keyId: "k" };
  const granted = await budget.reserve({ candidate: candidate(500_000_000n), ...who });
  if ("refused" in granted) throw new Error(granted.refused);
  expect(granted.reservation.estimate).toBe(500_000_000n);
  expect(granted.reservation.settle(usageOf(1000, 100))).toBe(2_500_000n + 1_000_000n);
  expect(ledger.budgets()[0]?.spent).toBe(3_500_000n);
});

test("a refusal is a value, for want of money as for want of a disk", async () => {
  const world = new LedgerWorld();
  const ledger = await world.open({ perDay: 0.1 });
  const budget = attemptBudget(ledger);
  const who = { plan, owner: "local", keyId: "k" };
  const tooMuch = await budget.reserve({
    candidate: candidate((call().estimate as bigint) + 1n),
    ...who,
  });
  expect(tooMuch).toEqual({ refused: expect.stringContaining("The budget of $0.10 a day") });
  world.costs.broken = "before";
  const unwritten = await budget.reserve({ candidate: candidate(1n), ...who });
  const refused = expect.stringContaining("cannot be recorded");
  expect(unwritten).toEqual({ refused, retryAfterMs: 5000 });
});
