import type { RouteCandidateOutput } from "@sekha/sdk/contract";
import type { Attempt, ServedBy } from "../../llm/gateway.ts";
import { exactDollars, toDollars } from "../../llm/money/nano.ts";
import type { Candidate } from "../../llm/routing/route.ts";

/** What is told of an answer beside its content. */
export interface Account {
  served: ServedBy;
  /** Nano-US-dollars; null: not known; undefined: not known yet. */
  cost: bigint | null | undefined;
  /** Milliseconds of Sekha's own work. */
  overheadMs: number;
}

/** `sekha_metadata`: who served, and how it came to that. */
export function sekhaMetadata({ served, cost, overheadMs }: Account) {
  return {
    routing: {
      provider_id: served.providerId,
      provider_type: served.providerType,
      model_id: served.modelId,
      task: served.task,
      requested_task: served.requestedTask,
      reason: served.reason,
      // What is undefined is not written; an object put together of others costs more than its JSON.
      detail: served.detail,
      attempts: served.attempts.map(attemptToWire),
      estimated_cost: dollarsOrNull(served.estimate),
      cost: cost === undefined ? undefined : dollarsOrNull(cost),
      overhead_ms: milliseconds(overheadMs),
    },
  };
}

/** The same in headers, for callers that only pass the body on. */
export function accountHeaders({
  served,
  cost,
  overheadMs,
}: Omit<Account, "overheadMs"> & { overheadMs?: number }): Record<string, string> {
  const headers: Record<string, string> = {
    "x-sekha-provider": headerValue(served.providerId),
    "x-sekha-model": headerValue(served.modelId),
    "x-sekha-attempts": String(served.attempts.length),
    "x-sekha-cost": costText(cost),
  };
  if (overheadMs !== undefined) headers["x-sekha-overhead-ms"] = String(milliseconds(overheadMs));
  return headers;
}

/** US dollars; `pending` while a stream goes on, `unknown` where no price is known. */
export function costText(cost: bigint | null | undefined): string {
  if (cost === undefined) return "pending";
  return cost === null ? "unknown" : exactDollars(cost);
}

export function attemptToWire({ providerId, modelId, failure, tookMs }: Attempt) {
  return {
    provider_id: providerId,
    model_id: modelId,
    outcome: failure === null ? "served" : failure.category,
    status: failure?.status,
    message: failure?.message,
    took_ms: milliseconds(tookMs),
  };
}

export function candidateToWire(candidate: Candidate): RouteCandidateOutput {
  const { provider, model, refusal } = candidate;
  return {
    provider_id: provider.id,
    model_id: model.modelId,
    provider_type: provider.type,
    task: candidate.task,
    accepted: refusal === null,
    reason: refusal?.reason ?? candidate.reason,
    ...(candidate.detail === undefined ? {} : { detail: candidate.detail }),
    ...(refusal === null ? {} : { code: refusal.code }),
    ...(refusal?.retryAfterMs === undefined
      ? {}
      : { retry_after_seconds: Math.ceil(refusal.retryAfterMs / 1000) }),
    estimated_cost: dollarsOrNull(candidate.estimate),
  };
}

/** Nano-dollars as the nearest number of dollars: at most nine digits behind the point. */
export function dollarsOrNull(nano: bigint | null): number | null {
  return nano === null ? null : toDollars(nano);
}

function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Names come from the configuration; headers take ASCII without control characters. */
function headerValue(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}
