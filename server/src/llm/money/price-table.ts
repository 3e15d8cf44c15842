import { createRequire } from "node:module";
import type { MatchLogic, ModelInfo, ModelPrice, Provider } from "@pydantic/genai-prices";
import type { Prices, TokenPrices } from "../registry/entries.ts";
import { picoFromDollarsPer1k, picoFromDollarsPerMillion } from "./nano.ts";

/** What the shipped tables know of one model. */
export type TablePrices = Omit<Prices, "source">;

type Library = typeof import("@pydantic/genai-prices");

/** Who is asked for a price: providers of the table, by its own ids. */
export type TableProvider = string;

/** A snapshot's date, or `latest`: the same model under a fixed name. */
const SNAPSHOT = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/;

/**
 * Prices of v1's bridge, dollars for 1,000 tokens in and out, of the models that the table may not know. Exact ids: v1
 * took the first id that was a prefix, and so priced gpt-4o-mini-2024-07-18 as gpt-4o.
 */
const FORMER_PRICES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  "kimi-2.5": [0.0001, 0.0002],
  "moonshot-v1-8k": [0.00012, 0.00012],
  "moonshot-v1-32k": [0.00024, 0.00024],
  "moonshot-v1-128k": [0.0006, 0.0006],
  "deepseek-v3": [0.00014, 0.00028],
  "deepseek-chat": [0.00014, 0.00028],
};

/** Below every tier's start. */
const NO_TIER = -1;

let loaded: Library | null = null;

/** Loaded when the first paid model is priced: a memory without one need not hold 14 MB of prices. */
function library(): Library {
  loaded ??= createRequire(import.meta.url)("@pydantic/genai-prices") as Library;
  return loaded;
}

/** Whether the table knows a provider of exactly this id. */
export function isTableProvider(id: string): boolean {
  return tableProvider(id) !== undefined;
}

/** The table's provider whose address this is. */
export function tableProviderOf(baseUrl: string): TableProvider | undefined {
  return library().findProvider({ providerApiUrl: baseUrl })?.id;
}

function tableProvider(id: TableProvider): Provider | undefined {
  const provider = library().findProvider({ providerId: id });
  return provider?.id === id ? provider : undefined;
}

/** The prices of exactly this model at exactly this provider on that date; null when the table does not know it. */
export function tablePrices(
  provider: TableProvider,
  modelId: string,
  now: Date,
): TablePrices | null {
  const models = tableProvider(provider)?.models ?? [];
  const model = models.find((candidate) => isExactly(candidate, modelId));
  if (model === undefined) return null;
  return merged(pricesInForce(model, now).map(toPrices));
}

/** Prices of v1, where nothing better is known. */
export function formerPrices(modelId: string): TablePrices | null {
  const former = Object.hasOwn(FORMER_PRICES, modelId) ? FORMER_PRICES[modelId] : undefined;
  if (former === undefined) return null;
  const [input, output] = former.map(picoFromDollarsPer1k);
  return { input: input ?? null, output: output ?? null, cachedInput: null, cacheWrite: null };
}

function isExactly(model: ModelInfo, modelId: string): boolean {
  return model.id === modelId || names(model.match, modelId);
}

/**
 * Whether the rule names this id. A beginning counts only where it covers the whole name and leaves no more than a
 * snapshot's date; `contains` never does.
 */
function names(rule: MatchLogic, modelId: string): boolean {
  if ("equals" in rule) return rule.equals === modelId;
  if ("or" in rule) return rule.or.some((part) => names(part, modelId));
  if ("starts_with" in rule) {
    const name = modelId.replace(SNAPSHOT, "");
    return rule.starts_with.length >= name.length && modelId.startsWith(rule.starts_with);
  }
  if ("regex" in rule) {
    const anchored = rule.regex.startsWith("^") && rule.regex.endsWith("$");
    return anchored && new RegExp(rule.regex).test(modelId);
  }
  return false;
}

/** All that may hold at that date; prices by the hour of the day all may. */
function pricesInForce(model: ModelInfo, now: Date): ModelPrice[] {
  if (!Array.isArray(model.prices)) return [model.prices];
  const found: ModelPrice[] = [];
  for (const { constraint, prices } of model.prices.toReversed()) {
    const dated = constraint?.type === "start_date";
    if (dated && new Date(constraint.start_date) > now) continue;
    found.push(prices);
    if (dated || constraint === undefined) break;
  }
  return found;
}

function toPrices(price: ModelPrice): TablePrices {
  const starts = Object.values(price).flatMap((value) =>
    typeof value === "object" ? value.tiers.map((tier) => tier.start) : [],
  );
  const tiers = [...new Set(starts)]
    .sort((a, b) => a - b)
    .map((above) => ({ above, ...rates(price, above) }));
  return { ...rates(price, NO_TIER), ...(tiers.length > 0 ? { tiers } : {}) };
}

/** Rates of a prompt just longer than `above`. */
function rates(price: ModelPrice, above: number): TokenPrices {
  const rate = (key: string): bigint | null => {
    const value = price[key];
    if (value === undefined) return null;
    if (typeof value === "number") return picoFromDollarsPerMillion(value);
    const tier = value.tiers.filter(({ start }) => start <= above).at(-1);
    return picoFromDollarsPerMillion(tier?.price ?? value.base);
  };
  const audioInput = rate("input_audio_mtok");
  const audioOutput = rate("output_audio_mtok");
  return {
    // Images count among the prompt's tokens, and thinking among the answer's.
    input: highest(rate("input_mtok"), rate("input_image_mtok")),
    output: highest(rate("output_mtok"), rate("output_reasoning_mtok")),
    cachedInput: rate("cache_read_mtok"),
    cacheWrite: rate("cache_write_mtok"),
    ...(audioInput === null ? {} : { audioInput }),
    ...(audioOutput === null ? {} : { audioOutput }),
  };
}

function highest(first: bigint | null, second: bigint | null): bigint | null {
  if (first === null || second === null) return first ?? second;
  return first > second ? first : second;
}

/** Prices that change by the hour: the dearest counts, since nobody knows when the provider's clock reads which. */
function merged(all: readonly TablePrices[]): TablePrices | null {
  const [first] = all;
  if (first === undefined || (first.input === null && first.output === null)) return null;
  const most = (key: "input" | "output" | "cachedInput" | "cacheWrite"): bigint | null =>
    all.reduce<bigint | null>((highestYet, prices) => highest(highestYet, prices[key]), null);
  return {
    ...first,
    input: most("input"),
    output: most("output"),
    cachedInput: most("cachedInput"),
    cacheWrite: most("cacheWrite"),
  };
}
