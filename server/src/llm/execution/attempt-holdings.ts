import type { Usage } from "../../protocols/openai/chat.ts";
import type { ProviderFailure } from "../failure.ts";
import type { Settled } from "../gateway.ts";
import type { LoadTicket } from "../routing/load.ts";
import type { Outcome, Permit } from "../routing/permits.ts";

/** Money held back for one attempt. The first of its two ends counts; later calls do nothing. */
export interface Reservation {
  /** Nano-US-dollars; null: no price is known. */
  readonly estimate: bigint | null;
  /** Replaces it by what was spent; answers the cost in nano-US-dollars, null when it is not known. */
  settle(usage: Usage): bigint | null;
  /** Nothing was spent. */
  release(): void;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** null: it served. */
  failure: ProviderFailure | null;
  /** As the provider counted; null: it did not say. */
  usage: Usage | null;
  /** What is taken for spent when the provider did not say. Absent: nothing was. */
  assumed?: Usage | undefined;
}

/** A 429 that names no time holds for so long: enough to let others go first, short enough to come back soon. */
const UNNAMED_PAUSE_MS = 5000;

/** What one attempt holds while it runs (permit, money, load): all of it is given back exactly once. */
export class AttemptHoldings {
  readonly #permit: Permit;
  #reservation: Reservation | undefined;
  #ticket: LoadTicket | undefined;
  #settled: Settled | undefined;

  constructor(permit: Permit) {
    this.#permit = permit;
  }

  get estimate(): bigint | null {
    return this.#reservation?.estimate ?? null;
  }

  hold({ reservation, ticket }: { reservation: Reservation; ticket: LoadTicket }): void {
    this.#reservation = reservation;
    this.#ticket = ticket;
  }

  /** Milliseconds until the first token or the whole answer. */
  measured(latencyMs: number): void {
    this.#ticket?.measured(latencyMs);
  }

  settle(end: AttemptEnd): Settled {
    if (this.#settled !== undefined) return this.#settled;
    this.#settled = { usage: end.usage, cost: null };
    // One that throws must not keep the others from being given back.
    try {
      this.#permit.settle(outcomeOf(end.failure));
    } finally {
      try {
        this.#ticket?.end();
      } finally {
        this.#settled = { usage: end.usage, cost: this.#settleMoney(end) };
      }
    }
    return this.#settled;
  }

  #settleMoney({ usage, assumed }: AttemptEnd): bigint | null {
    if (this.#reservation === undefined) return null;
    const spent = usage ?? assumed;
    if (spent === undefined) {
      this.#reservation.release();
      return null;
    }
    const cost = this.#reservation.settle(spent);
    // What was only assumed is booked, but nobody is told that it is so.
    return usage === null && cost !== 0n ? null : cost;
  }
}

function outcomeOf(failure: ProviderFailure | null): Outcome {
  if (failure === null) return { kind: "success" };
  const { category, retryAfterMs } = failure;
  if (category === "rate_limited" && asksForPause(failure)) {
    return { kind: "rate_limited", retryAfterMs: retryAfterMs ?? UNNAMED_PAUSE_MS };
  }
  return failure.verdict.counts ? { kind: "failure", category } : { kind: "neutral" };
}

/** Whether the provider itself said so; a full queue of ours (transport/) has neither a status nor a time. */
export function asksForPause({ status, retryAfterMs }: ProviderFailure): boolean {
  return status !== undefined || retryAfterMs !== undefined;
}
