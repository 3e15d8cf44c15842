import type { Usage } from "../../protocols/openai/chat.ts";
import type { Prices, TokenPrices } from "../registry/entries.ts";
import { nanoFromDollars, nanoFromPico } from "./nano.ts";
import { IMAGE_TOKENS } from "./tokens.ts";

/** What a request may take at most. */
export interface RequestSize {
  /** Images included, at IMAGE_TOKENS each. */
  promptTokens: number;
  outputTokens: number;
  images: number;
  /** Whether there is sound in it, which may cost more. */
  audio?: boolean;
  /** Whether it asks the provider to cache parts of the prompt. */
  cacheWrites?: boolean;
}

/** Anthropic's one-hour cache costs twice the input, its other writes 1.25 times. */
const HOUR_CACHE_FACTOR = 2n;
/** More is a mistake of the provider's, and must not be able to lock a budget for ever. */
const MOST_TOKENS = 1_000_000_000;
const MOST_DOLLARS = 100_000;

/** Upper bound of a request's cost in nano-dollars; null when a price that it needs is not known. */
export function estimateCost(prices: Prices, size: RequestSize): bigint | null {
  const extraImageTokens = Math.max(0, (prices.imageTokens ?? 0) - IMAGE_TOKENS);
  const promptTokens = size.promptTokens + size.images * extraImageTokens;
  const rates = ratesFor(prices, promptTokens);
  const input = dearestInput(rates, size);
  const output = size.audio ? dearest(rates.output, rates.audioOutput) : rates.output;
  const prompt = priceOf(promptTokens, input);
  const answer = priceOf(size.outputTokens, output);
  return prompt === null || answer === null ? null : nanoFromPico(prompt + answer);
}

/**
 * What a call did cost in nano-dollars. The provider's own figure wins (OpenRouter's `usage.cost`); else the provider's
 * tokens at the candidate's prices. null: not known, because a price or the usage is missing.
 */
export function costOf(prices: Prices, usage: Usage | null | undefined): { cost: bigint | null } {
  const charged = chargedNano(usage);
  if (charged !== null) return { cost: charged };
  if (prices.source === "free") return { cost: 0n };
  const counts = usageCounts(usage);
  if (counts === null) return { cost: null };
  const rates = ratesFor(prices, counts.prompt);
  const { input, output } = rates;
  const written = rates.cacheWrite ?? input;
  const parts = [
    priceOf(counts.plain, input),
    priceOf(counts.cached, rates.cachedInput ?? input),
    priceOf(counts.written, written),
    priceOf(counts.writtenForAnHour, dearest(written, doubled(input) ?? undefined)),
    priceOf(counts.audio, rates.audioInput ?? input),
    priceOf(counts.answer, output),
    priceOf(counts.spoken, rates.audioOutput ?? output),
  ];
  let pico = 0n;
  for (const part of parts) {
    if (part === null) return { cost: null };
    pico += part;
  }
  return { cost: nanoFromPico(pico) };
}

/** Tokens of a usage as they are recorded; what a provider says wrongly counts as 0. */
export function recordedTokens(usage: Usage | null | undefined) {
  return {
    promptTokens: count(usage?.prompt_tokens) ?? 0,
    completionTokens: count(usage?.completion_tokens) ?? 0,
    cachedTokens: count(usage?.prompt_tokens_details?.cached_tokens) ?? 0,
  };
}

/** Nothing costs nothing, whatever its price. */
function priceOf(tokens: number, price: bigint | null): bigint | null {
  if (tokens <= 0) return 0n;
  return price === null ? null : BigInt(Math.ceil(tokens)) * price;
}

function ratesFor(prices: Prices, promptTokens: number): TokenPrices {
  return prices.tiers?.findLast(({ above }) => promptTokens > above) ?? prices;
}

function dearestInput(rates: TokenPrices, size: RequestSize): bigint | null {
  let input = rates.input;
  if (size.cacheWrites && rates.cacheWrite !== null) {
    input = dearest(dearest(input, rates.cacheWrite), doubled(input) ?? undefined);
  }
  return size.audio ? dearest(input, rates.audioInput) : input;
}

function doubled(price: bigint | null): bigint | null {
  return price === null ? null : HOUR_CACHE_FACTOR * price;
}

function dearest(price: bigint | null, other: bigint | undefined): bigint | null {
  return price !== null && other !== undefined && other > price ? other : price;
}

/** With a key of the caller's own at OpenRouter, `cost` is its fee and the model's maker charges the rest. */
function chargedNano(usage: Usage | null | undefined): bigint | null {
  const fee = nanoOf(usage?.cost);
  if (fee === null || usage?.is_byok !== true) return fee;
  const details = usage.cost_details as { upstream_inference_cost?: unknown } | null | undefined;
  const upstream = nanoOf(details?.upstream_inference_cost);
  return upstream === null ? null : fee + upstream;
}

function nanoOf(dollars: unknown): bigint | null {
  const isAmount = typeof dollars === "number" && dollars >= 0 && dollars <= MOST_DOLLARS;
  return isAmount ? nanoFromDollars(dollars, "up") : null;
}

function count(value: unknown): number | null {
  const isCount = typeof value === "number" && value >= 0 && value <= MOST_TOKENS;
  return isCount ? Math.ceil(value) : null;
}

/** The usage taken apart into what has a price of its own; parts never add up to more than their totals. */
function usageCounts(usage: Usage | null | undefined) {
  const prompt = count(usage?.prompt_tokens);
  // Embeddings have no answer.
  const completion = count(usage?.completion_tokens ?? 0);
  if (prompt === null || completion === null) return null;
  const details = usage?.prompt_tokens_details;
  const cached = Math.min(prompt, count(details?.cached_tokens) ?? 0);
  const writes = Math.min(prompt - cached, count(details?.cache_write_tokens) ?? 0);
  const forAnHour = Math.min(writes, count(details?.cache_write_1h_tokens) ?? 0);
  const audio = Math.min(prompt - cached - writes, count(details?.audio_tokens) ?? 0);
  const spoken = Math.min(completion, count(usage?.completion_tokens_details?.audio_tokens) ?? 0);
  return {
    prompt,
    plain: prompt - cached - writes - audio,
    cached,
    written: writes - forAnHour,
    writtenForAnHour: forAnHour,
    audio,
    answer: completion - spoken,
    spoken,
  };
}
