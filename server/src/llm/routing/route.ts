import type { ModelEntry, ProviderEntry } from "../registry/entries.ts";

/** What is wanted of a model. */
export interface RouteRequest {
  /** `embedding`, `chat_small`, …, or a custom task. */
  task: string;
  /** A model id, `provider/model` or `provider:model`, or a custom tag; tried first. */
  preferredModel: string | undefined;
  requireVision: boolean;
  requireTools: boolean;
  requireAudio: boolean;
  /** Tokens of the prompt, an upper bound; undefined: not known. */
  promptTokens: number | undefined;
  /** Most tokens of the answer; undefined: the model's limit. */
  outputTokens: number | undefined;
  /** Answers asked for at once (`n`), each as long as that; unset: one. */
  choices?: number;
  images: number;
  /** Whether the prompt asks to be kept in the provider's cache, which costs more (llm/money/tokens.ts). */
  cacheWrites?: boolean;
  /** US dollars the caller allows for this request; the configured limit holds as well. */
  maxCost: number | undefined;
  /** Only this vector space: embeddings never fall back to another (bridge.md 5). */
  embeddingIdentity: { modelId: string; dimension: number } | undefined;
  /** Whose budget: the id of the API key; undefined for a caller without one. */
  keyId: string | undefined;
  /** No other provider is looked at. */
  onlyProvider?: string | undefined;
}

export type RefusalCode =
  | "breaker_open"
  | "rate_limited"
  | "no_vision"
  | "no_audio"
  | "no_tools"
  | "context_window"
  | "max_cost"
  | "cost_limit"
  | "unknown_price"
  | "budget"
  | "wrong_task"
  | "wrong_dimension"
  | "provider_not_allowed"
  | "misconfigured"
  /** Good, but `routing.enable_fallback` is off and another comes first. */
  | "fallback_off";

/** One (provider, model, task) that was looked at, with why it was taken or left. */
export interface Candidate {
  provider: ProviderEntry;
  model: ModelEntry;
  /** The task of the model that serves; differs from the request's when a near chat task stands in. */
  task: string;
  /** Upper bound in nano-US-dollars; null: no price is known. */
  estimate: bigint | null;
  refusal: { code: RefusalCode; reason: string; retryAfterMs?: number } | null;
  /** Why it stands where it does. */
  reason: string;
  /** By what it was preferred, where it was. */
  detail?: string;
}

/** The one plan that explaining and executing share. */
export interface RoutePlan {
  request: RouteRequest;
  /** All that were looked at: the accepted ones in the order they will be tried, then the refused. */
  candidates: readonly Candidate[];
  accepted: readonly Candidate[];
}
