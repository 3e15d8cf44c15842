import type { UsageOptions } from "./reply.ts";

/** How a scripted provider behaves while nothing is wrong. */
export interface ProviderOptions {
  /** Accepted API keys; without any, none is asked for. Ollama's paths never ask. */
  keys?: string[];
  /** Of the vectors; 8 unless told. */
  dimension?: number;
  /** The only models there are; without the list every model is answered for. */
  models?: string[];
  /** Pieces of the answer to a plain question. */
  tokens?: string[];
  /** Milliseconds before each token of a stream. */
  tokenDelayMs?: number;
  /** Fixed figures instead of counted ones. */
  usage?: UsageOptions;
  /** How many requests are remembered; 10,000 unless told. */
  keep?: number;
  /** 0 (any free one) unless told. */
  port?: number;
}

export type Setting = Required<Omit<ProviderOptions, "port" | "models">> & {
  models: string[] | undefined;
};

export const DEFAULT_TOKENS = ["Hello", " from", " the", " scripted", " provider", "."];

export function settingOf(options: ProviderOptions): Setting {
  return {
    keys: options.keys ?? [],
    dimension: options.dimension ?? 8,
    models: options.models,
    tokens: options.tokens ?? DEFAULT_TOKENS,
    tokenDelayMs: options.tokenDelayMs ?? 0,
    usage: options.usage ?? {},
    keep: options.keep ?? 10_000,
  };
}
