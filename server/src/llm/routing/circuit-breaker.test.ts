import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReferenceBreaker, type ReferencePermit } from "./__fixtures__/reference-breaker.ts";
import { type BreakerLimits, CircuitBreaker } from "./circuit-breaker.ts";
import type { Outcome, Permit } from "./permits.ts";

const LIMITS: BreakerLimits = {
  failureThreshold: 3,
  timeoutMs: 60_000,
  successThreshold: 2,
  halfOpenRequests: 1,
  probeLeaseMs: 600_000,
};
const FAILURE: Outcome = { kind: "failure", category: "timeout" };
const SUCCESS: Outcome = { kind: "success" };
const NEUTRAL: Outcome = { kind: "neutral" };

function setUp(changes: Partial<BreakerLimits> = {}) {
  const time = { now: 1000 };
  const limits = { ...LIMITS, ...changes };
  const breaker = new CircuitBreaker({ limits: () => limits, clock: () => time.now });
  const permit = (): Permit => {
    const acquired = breaker.tryAcquire();
    if ("refused" in acquired) throw new Error(`refused: ${acquired.refused.state}`);
    return acquired.permit;
  };
  const attempt = (outcome: Outcome) => permit().settle(outcome);
  const open = () => {
    for (let count = 0; count < limits.failureThreshold; count += 1) attempt(FAILURE);
  };
  return { time, limits, breaker, permit, attempt, open };
}

describe("a closed breaker", () => {
  test("opens after three failures in a row, and says why and for how long [req:bridge.breaker]", () => {
    const { time, breaker, attempt } = setUp();
    attempt(FAILURE);
    attempt(FAILURE);
    expect(breaker.view()).toEqual({ state: "closed", failures: 2 });
    attempt({ kind: "failure", category: "server_error" });
    time.now += 18_000;
    const view = {
      state: "open",
      failures: 3,
      openedAt: 1000,
      retryAfterMs: 42_000,
      reason: "3 failures in a row, the last one: server error",
      cause: "failures",
    };
    expect(breaker.view()).toEqual(view);
    expect(breaker.tryAcquire()).toEqual({ refused: view });
  });

  test("forgets failures with a success, and takes neutral ends for nothing", () => {
    const { breaker, attempt } = setUp();
    attempt(FAILURE);
    attempt(FAILURE);
    attempt(NEUTRAL);
    expect(breaker.view()).toEqual({ state: "closed", failures: 2 });
    attempt(SUCCESS);
    attempt(FAILURE);
    attempt(FAILURE);
    expect(breaker.view()).toEqual({ state: "closed", failures: 2 });
  });

  test("counts an attempt once, however often it is settled", () => {
    const { breaker, permit } = setUp();
    const only = permit();
    for (let count = 0; count < 5; count += 1) only.settle(FAILURE);
    expect(breaker.view()).toEqual({ state: "closed", failures: 1 });
  });
});

describe("a half-open breaker", () => {
  test("gives exactly one of a hundred concurrent requests a probe [req:bridge.breaker-one-probe]", async () => {
    const { time, breaker, open } = setUp();
    open();
    time.now += 60_000;
    const acquired = await Promise.all(
      Array.from({ length: 100 }, async () => breaker.tryAcquire()),
    );
    expect(acquired.filter((one) => "permit" in one)).toHaveLength(1);
    expect(breaker.view()).toEqual({
      state: "half_open",
      failures: 3,
      successes: 0,
      probing: true,
    });
  });

  test("closes after two successful probes", () => {
    const { time, breaker, attempt, open } = setUp();
    open();
    time.now += 60_000;
    attempt(SUCCESS);
    expect(breaker.view()).toMatchObject({ state: "half_open", successes: 1, probing: false });
    attempt(SUCCESS);
    expect(breaker.view()).toEqual({ state: "closed", failures: 0 });
  });

  test("opens for the whole time again when a probe fails", () => {
    const { time, breaker, attempt, open } = setUp();
    open();
    time.now += 61_000;
    attempt(SUCCESS);
    attempt(FAILURE);
    expect(breaker.view()).toMatchObject({ state: "open", failures: 4, retryAfterMs: 60_000 });
  });

  test("gives the place of a neutral probe to the next request", () => {
    const { time, breaker, attempt, open } = setUp();
    open();
    time.now += 60_000;
    attempt(NEUTRAL);
    expect(breaker.tryAcquire()).toHaveProperty("permit");
  });

  test("takes a place back that was never settled, and does not listen to it any more", () => {
    const { time, breaker, permit, open } = setUp({ probeLeaseMs: 5000 });
    open();
    time.now += 60_000;
    const lost = permit();
    time.now += 4999;
    expect(breaker.tryAcquire()).toHaveProperty("refused");
    time.now += 1;
    const second = permit();
    lost.settle(FAILURE);
    expect(breaker.view()).toMatchObject({ state: "half_open", probing: true });
    second.settle(SUCCESS);
    expect(breaker.view()).toMatchObject({ state: "half_open", successes: 1, probing: false });
  });

  test("does not hear of attempts that began before it opened", () => {
    const { time, breaker, permit, open } = setUp();
    const [old, older] = [permit(), permit()];
    open();
    old.settle(SUCCESS);
    expect(breaker.view()).toMatchObject({ state: "open" });
    time.now += 60_000;
    permit().settle(SUCCESS);
    older.settle(FAILURE);
    expect(breaker.view()).toMatchObject({ state: "half_open", successes: 1 });
  });
});

describe("a pause that the provider asks for", () => {
  test("holds as long as Retry-After says and counts as no failure [req:bridge.retry-after]", () => {
    const { time, breaker, attempt } = setUp();
    attempt(FAILURE);
    attempt({ kind: "rate_limited", retryAfterMs: 7000 });
    expect(breaker.view()).toMatchObject({
      ...{ state: "open", failures: 1, retryAfterMs: 7000, cause: "rate_limited" },
    });
    time.now += 7000;
    expect(breaker.view()).toEqual({ state: "closed", failures: 1 });
  });

  test("is not shortened by a later one, and never longer than an hour", () => {
    const { breaker, permit } = setUp();
    const [first, second, third] = [permit(), permit(), permit()];
    first.settle({ kind: "rate_limited", retryAfterMs: 7000 });
    second.settle({ kind: "rate_limited", retryAfterMs: 100 });
    expect(breaker.view()).toMatchObject({ retryAfterMs: 7000 });
    third.settle({ kind: "rate_limited", retryAfterMs: 1e12 });
    expect(breaker.view()).toMatchObject({ retryAfterMs: 3_600_000 });
  });

  test("that is no number is none", () => {
    const { breaker, attempt } = setUp();
    attempt({ kind: "rate_limited", retryAfterMs: Number.NaN });
    attempt({ kind: "rate_limited", retryAfterMs: -5 });
    expect(breaker.view()).toEqual({ state: "closed", failures: 0 });
  });
});

test("a reset closes it and forgets what is under way", () => {
  const { breaker, permit, open, attempt } = setUp();
  const before = permit();
  open();
  breaker.reset();
  before.settle(FAILURE);
  expect(breaker.view()).toEqual({ state: "closed", failures: 0 });
  attempt({ kind: "rate_limited", retryAfterMs: 7000 });
  breaker.reset();
  expect(breaker.tryAcquire()).toHaveProperty("permit");
});

const outcomes = fc.oneof(
  { weight: 4, arbitrary: fc.constant(FAILURE) },
  { weight: 4, arbitrary: fc.constant(SUCCESS) },
  fc.constant(NEUTRAL),
  fc
    .integer({ min: 0, max: 200 })
    .map((retryAfterMs): Outcome => ({ kind: "rate_limited", retryAfterMs })),
);
const steps = fc.oneof(
  { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 150 }) }) },
  { weight: 5, arbitrary: fc.constant({ acquire: true as const }) },
  { weight: 5, arbitrary: fc.record({ settle: fc.nat(9), outcome: outcomes }) },
  { weight: 1, arbitrary: fc.constant({ reset: true as const }) },
);
const limitsOfAnyKind = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 4 }),
  timeoutMs: fc.integer({ min: 1, max: 100 }),
  successThreshold: fc.integer({ min: 1, max: 3 }),
  halfOpenRequests: fc.integer({ min: 1, max: 3 }),
  probeLeaseMs: fc.integer({ min: 1, max: 300 }),
});

/** The breaker and its reference, side by side. */
class Twins {
  readonly reference: ReferenceBreaker;
  readonly breaker: CircuitBreaker;
  readonly #permits: { real: Permit; model: ReferencePermit }[] = [];

  constructor(limits: BreakerLimits) {
    this.reference = new ReferenceBreaker(limits);
    this.breaker = new CircuitBreaker({ limits: () => limits, clock: () => this.reference.now });
  }

  acquire(): void {
    const [real, model] = [this.breaker.tryAcquire(), this.reference.acquire()];
    expect("permit" in real).toBe(model !== null);
    if ("permit" in real && model !== null) this.#permits.push({ real: real.permit, model });
  }

  settle(index: number, outcome: Outcome): void {
    const [permit] = this.#permits.splice(index, 1);
    permit?.real.settle(outcome);
    if (permit !== undefined) this.reference.settle(permit.model, outcome);
  }

  reset(): void {
    this.breaker.reset();
    this.reference.reset();
  }
}

test("does what the reference model does, whatever happens in whatever order [req:bridge.breaker-model]", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      limitsOfAnyKind,
      fc.array(steps, { maxLength: 120, size: "max" }),
      (limits, events) => {
        const twins = new Twins(limits);
        for (const event of events) {
          if ("wait" in event) twins.reference.now += event.wait;
          else if ("reset" in event) twins.reset();
          else if ("acquire" in event) twins.acquire();
          else twins.settle(event.settle, event.outcome);
          const view = twins.breaker.view();
          expect(view).toMatchObject(twins.reference.expectedView());
          seen.add(view.state);
        }
      },
    ),
    { numRuns: 500 },
  );
  expect([...seen].sort()).toEqual(["closed", "half_open", "open"]);
});
