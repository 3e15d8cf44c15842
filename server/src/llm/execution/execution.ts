import type { CallOptions } from "../gateway.ts";
import type { Provider } from "../provider.ts";
import type { Breakers } from "../routing/breakers.ts";
import type { Load } from "../routing/load.ts";
import type { Candidate, RoutePlan } from "../routing/route.ts";
import type { Attempt } from "./attempt.ts";
import type { Reservation } from "./attempt-holdings.ts";
import type { AttemptTrail } from "./attempt-trail.ts";
import type { Deadline } from "./deadline.ts";
import type { GatewayObserver, OperationName } from "./gateway-observer.ts";
import type { SetTimer } from "./timer.ts";

/** Holds money back before a call. */
export interface Budget {
  reserve(call: {
    candidate: Candidate;
    plan: RoutePlan;
    owner: string;
    keyId: string | undefined;
  }): Granted | Promise<Granted>;
}

/** A refusal with `retryAfterMs` is no want of money: waiting helps. */
export type Granted =
  | { reservation: Reservation }
  | { refused: string; retryAfterMs?: number | undefined };

export interface AttemptEngineDependencies {
  breakers: Pick<Breakers, "tryAcquire" | "view"> & {
    keys: Pick<Breakers["keys"], "next" | "refuse" | "accept">;
  };
  load: Pick<Load, "begin">;
  budget: Budget;
  observer: GatewayObserver;
  /** Milliseconds, monotonic. */
  clock: () => number;
  setTimer: SetTimer;
}

/** One request and how it may be served. */
export interface Execution {
  plan: RoutePlan;
  operation: OperationName;
  options: Pick<CallOptions, "owner" | "keyId" | "signal">;
  providers: { get(id: string): Provider | undefined };
}

/** What is asked of a provider. */
export interface Work<Result> {
  /** Whether there is a first token to wait for. */
  readonly streamed: boolean;
  /**
   * Asks, looks at the answer, and calls `attempt.serve()` when it will do: from then on settling the attempt is its own
   * business. Throws ProviderFailure before that, or SekhaError for a mistake of the caller's that this candidate minds.
   */
  perform(attempt: Attempt): Promise<Result>;
}

export interface Executed<Result> {
  result: Result;
  /** Milliseconds in which others had the word. */
  waitedMs: number;
}

/** One candidate's turn within a request. */
export interface Turn {
  candidate: Candidate;
  /** Those that come after it. */
  rest: readonly Candidate[];
  execution: Execution;
  trail: AttemptTrail;
  deadline: Deadline;
}
