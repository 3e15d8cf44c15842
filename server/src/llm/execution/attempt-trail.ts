import type { SekhaError } from "../../core/errors.ts";
import type { ProviderFailure } from "../failure.ts";
import type { Attempt } from "../gateway.ts";
import type { Candidate } from "../routing/route.ts";

/** A candidate that was passed over without asking its provider. */
export interface Skip {
  candidate: Candidate;
  kind: "unavailable" | "money" | "misconfigured" | "context" | "image";
  reason: string;
  retryAfterMs?: number | undefined;
  /** The caller's mistake as it is to be told. */
  error?: SekhaError;
}

/** What was tried for one request, and what came of it. */
export class AttemptTrail {
  readonly attempts: Attempt[] = [];
  readonly failures: { candidate: Candidate; failure: ProviderFailure }[] = [];
  readonly skips: Skip[] = [];
  /** Milliseconds in which providers had the word. */
  waitedMs = 0;
  /** Largest context window that was too small. */
  #tooSmall = 0;

  add(candidate: Candidate, failure: ProviderFailure | null, tookMs: number): void {
    const { providerId, modelId } = candidate.model;
    this.attempts.push({ providerId, modelId, failure: shown(failure), tookMs });
    if (failure === null) return;
    this.failures.push({ candidate, failure });
    if (failure.category === "context_length") {
      this.#tooSmall = Math.max(this.#tooSmall, candidate.model.contextWindow);
    }
  }

  skip(skip: Skip): void {
    this.skips.push(skip);
  }

  /** Whether it is of no use to try a candidate: it failed already, or its window is known to be too small. */
  excludes({ model }: Candidate): boolean {
    if (model.contextWindow <= this.#tooSmall) return true;
    return this.failures.some(
      ({ candidate }) =>
        candidate.model.modelId === model.modelId &&
        candidate.model.providerId === model.providerId,
    );
  }
}

function shown(failure: ProviderFailure | null): Attempt["failure"] {
  if (failure === null) return null;
  const { category, status, message } = failure;
  return { category, status, message };
}
