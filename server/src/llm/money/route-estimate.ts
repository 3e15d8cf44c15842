import type { ModelEntry, Prices } from "../registry/entries.ts";
import type { Candidate, RoutePlan, RouteRequest } from "../routing/route.ts";
import { estimateCost } from "./estimate.ts";
import { exactDollars, toDollars } from "./nano.ts";

/** What v1 took for any request: an answer to `/route` without sizes stays comparable. */
const TYPICAL_PROMPT_TOKENS = 1000;
const TYPICAL_OUTPUT_TOKENS = 500;

/** What one candidate would cost at most. */
export interface CandidateEstimate {
  providerId: string;
  modelId: string;
  task: string;
  /** US dollars; null: no price is known. */
  cost: number | null;
  /** The same, exactly. */
  exactCost: string | null;
  priceSource: Prices["source"];
  accepted: boolean;
  reason: string;
}

/**
 * Upper bound of a request at one model in nano-dollars, null when a price is not known. Where the request does not say
 * how long it is, a typical one is taken; where it says no more than its prompt, the longest answer that the model gives.
 */
export function estimateRequest(model: ModelEntry, request: RouteRequest): bigint | null {
  if (model.free) return 0n;
  const promptTokens = request.promptTokens ?? TYPICAL_PROMPT_TOKENS;
  return estimateCost(model.prices, {
    promptTokens,
    outputTokens: outputTokens(model, request, promptTokens) * (request.choices ?? 1),
    images: request.images,
    audio: request.requireAudio,
    cacheWrites: request.cacheWrites ?? false,
  });
}

/** Of one answer: what the request allows, else the model's limit, else what its window leaves. */
function outputTokens(model: ModelEntry, request: RouteRequest, promptTokens: number): number {
  if (request.task === "embedding") return 0;
  if (request.outputTokens !== undefined) return request.outputTokens;
  if (request.promptTokens === undefined) return TYPICAL_OUTPUT_TOKENS;
  const limit = model.maxOutputTokens ?? model.defaultOutputTokens;
  return limit ?? Math.max(1, model.contextWindow - promptTokens);
}

/** What each candidate of a plan would cost at most, in the order in which they would be tried. */
export function estimateFor(plan: RoutePlan): CandidateEstimate[] {
  return plan.candidates.map((candidate) => candidateEstimate(candidate));
}

function candidateEstimate(candidate: Candidate): CandidateEstimate {
  const { provider, model, task, estimate, refusal, reason } = candidate;
  return {
    providerId: provider.id,
    modelId: model.modelId,
    task,
    cost: estimate === null ? null : toDollars(estimate),
    exactCost: estimate === null ? null : exactDollars(estimate),
    priceSource: model.prices.source,
    accepted: refusal === null,
    reason: refusal?.reason ?? reason,
  };
}
