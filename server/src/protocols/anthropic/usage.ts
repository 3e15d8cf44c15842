import { asCount, asNumber, asRecord, type JsonRecord } from "../loose-json.ts";
import type { Usage } from "../openai/chat.ts";
import type { AnthropicUsage } from "./wire.ts";

/**
 * OpenAI's totals hold what came from the cache or went into it; Anthropic counts them apart. Undefined where a compatible
 * server counted nothing: zero tokens would cost nothing.
 */
export function usageFromAnthropic(usage: unknown): Usage | undefined {
  const counts = asRecord(usage) ?? {};
  if (asNumber(counts.input_tokens) === undefined && asNumber(counts.output_tokens) === undefined) {
    return undefined;
  }
  const cached = asCount(counts.cache_read_input_tokens);
  const written = asCount(counts.cache_creation_input_tokens);
  const prompt = asCount(counts.input_tokens) + cached + written;
  const completion = asCount(counts.output_tokens);
  const thinking = asNumber(asRecord(counts.output_tokens_details)?.thinking_tokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    ...(thinking === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: thinking } }),
  };
}

export function usageToAnthropic(usage: Usage | null | undefined): AnthropicUsage {
  const details = usage?.prompt_tokens_details;
  const cached = asCount(details?.cached_tokens);
  const written = asCount(details?.cache_write_tokens);
  const thinking = asNumber(usage?.completion_tokens_details?.reasoning_tokens);
  return {
    input_tokens: Math.max(0, asCount(usage?.prompt_tokens) - cached - written),
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    output_tokens: asCount(usage?.completion_tokens),
    ...(thinking === undefined ? {} : { output_tokens_details: { thinking_tokens: thinking } }),
  };
}

/** Later figures over earlier ones: those of a stream's end hold only what changed. */
export function mergedUsage(before: JsonRecord, after: unknown): JsonRecord {
  const news = Object.entries(asRecord(after) ?? {}).filter(([, value]) => value !== null);
  return { ...before, ...Object.fromEntries(news) };
}
