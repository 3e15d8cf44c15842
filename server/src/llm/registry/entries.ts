/** Milliseconds. `undefined` where nothing limits. */
export interface Timers {
  connectMs: number;
  /** Until the answer's headers. */
  headersMs: number;
  /** Until a stream's first real token. */
  firstTokenMs: number;
  /** Longest silence inside an answer. */
  chunkMs: number;
  /** One attempt as a whole. */
  totalMs: number;
  /** Added to headers and first token while a local provider loads a model. */
  coldStartMs: number;
}

/**
 * Picodollars (10⁻¹² US dollars) for one token: $0.0375 for a million tokens is 37,500. Integers, so that sums are exact;
 * money itself is nano-dollars. null: not known, which is not free.
 */
export interface TokenPrices {
  input: bigint | null;
  output: bigint | null;
  /** Prompt tokens that the provider had in its cache; null: as input. */
  cachedInput: bigint | null;
  /** Prompt tokens that the provider put into its cache; null: as input. */
  cacheWrite: bigint | null;
  /** Tokens of sound, where they have a price of their own. */
  audioInput?: bigint;
  audioOutput?: bigint;
}

/** What a model costs. Read by llm/money/estimate.ts alone. */
export interface Prices extends TokenPrices {
  /** Where the price came from, for `explain`. */
  source: "config" | "table" | "free" | "unknown";
  /** Dearer prices for long prompts, shortest first: the last whose `above` the prompt exceeds holds for all of it. */
  tiers?: readonly (TokenPrices & { above: number })[];
  /** Prompt tokens that one image may be billed as, where that is more than usual. */
  imageTokens?: number;
}

export interface VisionLimits {
  maxImages: number;
  maxImageBytes: number;
  /** Lower-case names: jpg, jpeg, png, gif, webp. */
  formats: readonly string[];
}

/** Tokens of an answer where neither the request nor the configuration says: Anthropic demands a limit. */
export const ANTHROPIC_OUTPUT_TOKENS = 4096;

/** One model of one provider as the configuration has it, with its prices resolved. */
export interface ModelEntry {
  providerId: string;
  modelId: string;
  tasks: readonly string[];
  contextWindow: number;
  /** Of the configuration; sent where a request names no limit. */
  maxOutputTokens: number | undefined;
  /** What the provider's client sends where neither names one. */
  defaultOutputTokens?: number;
  dimension: number | undefined;
  supportsVision: boolean;
  supportsAudio: boolean;
  /** undefined: not said, so tools are tried. */
  supportsTools: boolean | undefined;
  vision: VisionLimits;
  tags: readonly string[];
  timers: Timers;
  prices: Prices;
  /** Costs nothing: ollama, builtin, or `free: true`. */
  free: boolean;
  options: Readonly<Record<string, unknown>>;
}

export type ProviderType = "ollama" | "openai" | "anthropic" | "openrouter" | "litellm" | "builtin";

export interface ProviderEntry {
  id: string;
  type: ProviderType;
  /** Without a slash at the end. Empty for builtin. */
  baseUrl: string;
  /** Used in turn; empty where none is needed. */
  apiKeys: readonly string[];
  /** Lower is tried first. */
  priority: number;
  maxConcurrency: number | undefined;
  region: string | undefined;
  headers: Readonly<Record<string, string>>;
  /** Ollama's keep_alive. */
  keepAlive: string | undefined;
  options: Readonly<Record<string, unknown>>;
  models: readonly ModelEntry[];
}
