import fc from "fast-check";
import { expect, test } from "vitest";
import { registry } from "../registry/__fixtures__/entry-builders.ts";
import { breakerText } from "./breaker-text.ts";
import { Breakers } from "./breakers.ts";
import type { Outcome } from "./permits.ts";
import type { Target } from "./target.ts";

const SETTINGS = { failureThreshold: 3, timeoutSecs: 60, successThreshold: 2, halfOpenRequests: 1 };
const FAST = { providerId: "cloud", modelId: "fast" };
const SLOW = { providerId: "cloud", modelId: "slow" };
const LOCAL = { providerId: "local", modelId: "fast" };
const FAILURE: Outcome = { kind: "failure", category: "connect" };

function setUp() {
  const time = { now: 1000 };
  const breakers = new Breakers({ settings: SETTINGS, clock: () => time.now });
  const attempt = (target: Target, outcome: Outcome) => {
    const acquired = breakers.tryAcquire(target);
    if ("permit" in acquired) acquired.permit.settle(outcome);
  };
  const fail = (target: Target, times = 3) => {
    for (let count = 0; count < times; count += 1) attempt(target, FAILURE);
  };
  return { time, breakers, attempt, fail };
}

test("each model of each provider has a breaker of its own", () => {
  const { breakers, fail } = setUp();
  fail(FAST);
  expect(breakers.view(FAST).state).toBe("open");
  expect(breakers.view(SLOW).state).toBe("closed");
  expect(breakers.view(LOCAL).state).toBe("closed");
});

test("a provider is reset as a whole, others are not [req:bridge.breaker-reset]", () => {
  const { breakers, fail } = setUp();
  for (const target of [FAST, SLOW, LOCAL]) fail(target);
  const provider = { id: "cloud", apiKeys: ["test-key"] };
  breakers.keys.refuse({ provider, modelId: "fast" }, "test-key", { category: "unauthorized" });
  breakers.reset("cloud");
  expect([FAST, SLOW, LOCAL].map((target) => breakers.view(target).state)).toEqual([
    ...["closed", "closed", "open"],
  ]);
  expect(breakers.keys.availability({ provider, modelId: "fast" })).toEqual({ kind: "usable" });
});

test("a reload keeps what is still configured, drops the rest, and its limits hold at once [req:bridge.breaker-reload]", () => {
  const { breakers, fail } = setUp();
  for (const target of [FAST, SLOW, LOCAL]) fail(target);
  const kept = registry([{ id: "cloud", models: [{ modelId: "fast" }] }]);
  breakers.retain(kept, { ...SETTINGS, timeoutSecs: 10, failureThreshold: 1 });
  expect(breakers.view(FAST)).toMatchObject({ state: "open", retryAfterMs: 10_000 });
  expect(breakers.view(SLOW)).toEqual({ state: "closed", failures: 0 });
  fail(SLOW, 1);
  expect(breakers.view(SLOW).state).toBe("open");
});

test("an attempt that outlives its model's configuration is settled without harm", () => {
  const { breakers } = setUp();
  const acquired = breakers.tryAcquire(FAST);
  breakers.retain(registry([]), SETTINGS);
  if ("permit" in acquired) acquired.permit.settle(FAILURE);
  expect(breakers.view(FAST)).toEqual({ state: "closed", failures: 0 });
});

test("the text names the provider, the seconds until the next probe and what to do", () => {
  const { time, breakers, attempt, fail } = setUp();
  const target = { providerId: "my cloud", modelId: "fast" };
  fail(target);
  time.now += 17_001;
  expect(breakerText(target, breakers.view(target))).toBe(
    "Circuit breaker open for provider 'my cloud', model fast: 3 failures in a row, the last one: connect. Next probe in 43 s. To try at once: POST /api/v1/providers/my%20cloud/reset, or restart Sekha.",
  );
  time.now += 43_000;
  expect(breakerText(target, breakers.view(target))).toBeUndefined();
  breakers.tryAcquire(target);
  expect(breakerText(target, breakers.view(target))).toContain("it is being probed right now");
  attempt(LOCAL, { kind: "rate_limited", retryAfterMs: 1 });
  expect(breakerText(LOCAL, breakers.view(LOCAL))).toContain("next try in 1 s");
});

test("a clock that jumps, backwards too, neither keeps a model out for longer nor lets two probes in", () => {
  const jump = fc.integer({ min: -1e9, max: 1e9 });
  const event = fc.oneof(
    fc.record({ jump }),
    fc.record({ outcome: fc.constantFrom(FAILURE, FAILURE, { kind: "success" as const }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40, size: "max" }), (events) => {
      const { time, breakers, attempt } = setUp();
      for (const step of events) {
        if ("jump" in step) time.now += step.jump;
        else attempt(FAST, step.outcome);
        const view = breakers.view(FAST);
        if (view.state === "open") expect(view.retryAfterMs).toBeLessThanOrEqual(60_000);
      }
      time.now -= 1e12;
      breakers.view(FAST);
      time.now += 60_000;
      const wasClosed = breakers.view(FAST).state === "closed";
      expect(breakers.tryAcquire(FAST)).toHaveProperty("permit");
      expect("permit" in breakers.tryAcquire(FAST)).toBe(wasClosed);
    }),
  );
});
