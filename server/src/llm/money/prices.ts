import type { Prices, ProviderType } from "../registry/entries.ts";
import { picoFromDollarsPer1k } from "./nano.ts";
import {
  formerPrices,
  isTableProvider,
  type TablePrices,
  type TableProvider,
  tablePrices,
  tableProviderOf,
} from "./price-table.ts";

export interface PricedProvider {
  type: ProviderType;
  id: string;
  /** Tells who an OpenAI-compatible provider is, where it is one of the known. */
  baseUrl?: string;
}

/** A model as configured; dollars for 1,000 tokens. */
export interface PricedModel {
  modelId: string;
  free?: boolean | undefined;
  costPer1kTokens?: number | undefined;
  costPer1kInput?: number | undefined;
  costPer1kOutput?: number | undefined;
  costPer1kCachedInput?: number | undefined;
}

/** Makers whose own model ids stand at any OpenAI-compatible server: LiteLLM passes them on as they are. */
const MAKERS: readonly TableProvider[] = ["openai", "anthropic", "deepseek", "moonshotai"];

/** gpt-4o-mini bills 2,833 + 5,667 for each of at most 8 tiles (https://platform.openai.com/docs/guides/images-vision). */
const GPT_4O_MINI_IMAGE_TOKENS = 2833 + 8 * 5667;

const FREE: Prices = { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" };
const UNKNOWN: Prices = {
  input: null,
  output: null,
  cachedInput: null,
  cacheWrite: null,
  source: "unknown",
};

/**
 * What a model costs, asked once when the configuration is loaded. The configuration wins over the shipped table, field
 * by field; what neither knows is null, never 0. `now` decides among prices that changed on a date.
 */
export function resolvePrices(
  provider: PricedProvider,
  model: PricedModel,
  now: Date = new Date(),
): Prices {
  if (isFree(provider, model)) return FREE;
  const configured = configuredPrices(model);
  const table = configured.complete ? null : pricesOf(provider, model.modelId, now);
  const { input, output, cachedInput } = configured;
  if (input === null && output === null) {
    if (table === null) return UNKNOWN;
    const prices: Prices = { ...table, source: "table" };
    return withImages(cachedInput === null ? prices : { ...prices, cachedInput }, model.modelId);
  }
  const prices: Prices = {
    input: input ?? table?.input ?? null,
    output: output ?? table?.tiers?.at(-1)?.output ?? table?.output ?? null,
    // The table's discount on another price would be a guess.
    cachedInput: cachedInput ?? (input === null ? (table?.cachedInput ?? null) : null),
    cacheWrite: input === null ? (table?.cacheWrite ?? null) : null,
    source: "config",
  };
  return withImages(prices, model.modelId);
}

/** Unless the configuration says otherwise: OpenRouter's `:free` variants cost nothing (https://openrouter.ai/docs/features/model-variants). */
function isFree(provider: PricedProvider, model: PricedModel): boolean {
  if (model.free !== undefined) return model.free;
  const { costPer1kTokens = 0, costPer1kInput = 0, costPer1kOutput = 0 } = model;
  if (costPer1kTokens + costPer1kInput + costPer1kOutput > 0) return false;
  if (provider.type === "ollama" || provider.type === "builtin") return true;
  return provider.type === "openrouter" && model.modelId.endsWith(":free");
}

function configuredPrices(model: PricedModel) {
  const price = (dollars: number | undefined): bigint | null =>
    dollars === undefined ? null : picoFromDollarsPer1k(dollars);
  const input = price(model.costPer1kInput ?? model.costPer1kTokens);
  const output = price(model.costPer1kOutput ?? model.costPer1kTokens);
  const cachedInput = price(model.costPer1kCachedInput);
  return { input, output, cachedInput, complete: input !== null && output !== null };
}

function withImages(prices: Prices, modelId: string): Prices {
  const mini = /(?:^|\/)gpt-4o-mini(?:-|$)/.test(modelId);
  return mini ? { ...prices, imageTokens: GPT_4O_MINI_IMAGE_TOKENS } : prices;
}

function pricesOf(provider: PricedProvider, modelId: string, now: Date): TablePrices | null {
  for (const place of places(provider, modelId)) {
    const found = tablePrices(place.provider, place.modelId, now);
    if (found !== null) return found;
  }
  return formerPrices(modelId);
}

/** Where a model may stand in the table, the surest place first. */
function places(
  provider: PricedProvider,
  modelId: string,
): { provider: TableProvider; modelId: string }[] {
  if (provider.type === "anthropic" || provider.type === "openrouter") {
    return [{ provider: provider.type, modelId }];
  }
  const known = provider.baseUrl === undefined ? undefined : tableProviderOf(provider.baseUrl);
  if (known !== undefined) return [{ provider: known, modelId }];
  if (provider.type !== "litellm") return [{ provider: provider.type, modelId }];
  const found = isTableProvider(provider.id) ? [{ provider: provider.id, modelId }] : [];
  const slash = modelId.indexOf("/");
  if (slash > 0) {
    // LiteLLM's own naming: `deepseek/deepseek-chat`, `openrouter/openai/gpt-4o`.
    return [...found, { provider: modelId.slice(0, slash), modelId: modelId.slice(slash + 1) }];
  }
  return [...found, ...MAKERS.map((maker) => ({ provider: maker, modelId }))];
}
