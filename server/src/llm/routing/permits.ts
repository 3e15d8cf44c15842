import type { FailureCategory } from "../failure.ts";

/** How an attempt ended, told to the breaker once. */
export type Outcome =
  | { kind: "success" }
  /** Client mistakes, aborted calls: neither good nor bad. */
  | { kind: "neutral" }
  | { kind: "failure"; category: FailureCategory }
  /** The provider asked for a pause. */
  | { kind: "rate_limited"; retryAfterMs: number };

/** The right to make one attempt. Settled exactly once; later calls do nothing. */
export interface Permit {
  settle(outcome: Outcome): void;
}

export type BreakerView =
  | { state: "closed"; failures: number }
  | {
      state: "open";
      failures: number;
      /** Milliseconds of the breakers' monotonic clock. */
      openedAt: number;
      retryAfterMs: number;
      reason: string;
      /** `rate_limited`: the provider asked for a pause; nothing failed. */
      cause?: "failures" | "rate_limited";
    }
  /** `probing`: every place for a probe is taken. */
  | { state: "half_open"; failures: number; successes: number; probing: boolean };
