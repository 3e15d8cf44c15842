import {
  ANTHROPIC_OUTPUT_TOKENS,
  type ModelEntry,
  type Prices,
  type ProviderEntry,
  type ProviderType,
} from "./entries.ts";
import { modelTimers } from "./model-timers.ts";
import type {
  CostSettings,
  ModelSettings,
  ProviderSetting,
  ProviderSettings,
} from "./provider-settings.ts";
import { Registry } from "./registry.ts";
import { canonicalTask } from "./tasks.ts";

/** The prices of one model: the configuration's, else the table's, else unknown. Asked once, when a registry is built. */
export type PriceOf = (
  provider: { id: string; type: ProviderType; baseUrl: string },
  model: { modelId: string; free?: boolean | undefined } & CostSettings,
) => Prices;

/** Where each provider usually is; a litellm has no usual address, and the configuration insists on one. */
const DEFAULT_BASE_URL: Readonly<Record<ProviderType, string>> = {
  ollama: "http://localhost:11434",
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com",
  openrouter: "https://openrouter.ai/api/v1",
  litellm: "",
  builtin: "",
};

/** Ollama computes one to four requests at a time and lets the others wait; here they wait without a timer running. */
const OLLAMA_CONCURRENCY = 4;

/** Providers whose models cost nothing unless the configuration says otherwise (decisions 19). */
const FREE_TYPES: ReadonlySet<ProviderType> = new Set(["ollama", "builtin"]);

const FREE: Prices = { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" };

/** The registry of a checked configuration. */
export function buildRegistry(settings: ProviderSettings, prices: PriceOf): Registry {
  const providers = settings.llmProviders.map((provider) => providerEntry(provider, prices));
  const defaults = Object.entries(settings.defaultModels).map(
    ([task, model]) => [canonicalTask(task), model] as const,
  );
  return new Registry(providers, Object.fromEntries(defaults));
}

function providerEntry(provider: ProviderSetting, prices: PriceOf): ProviderEntry {
  const { id, providerType: type, apiKey } = provider;
  const baseUrl = (provider.baseUrl ?? DEFAULT_BASE_URL[type]).replace(/\/+$/, "");
  const keys = apiKey === undefined ? provider.apiKeys : [apiKey, ...provider.apiKeys];
  return {
    id,
    type,
    baseUrl,
    apiKeys: [...new Set(keys)],
    priority: provider.priority,
    maxConcurrency: provider.maxConcurrency ?? (type === "ollama" ? OLLAMA_CONCURRENCY : undefined),
    region: provider.region,
    headers: provider.headers,
    keepAlive: provider.keepAlive,
    options: provider.providerSpecific,
    models: withoutRepetition(provider.models).map((model) =>
      modelEntry({ provider, model, pricesOf: (paid) => prices({ id, type, baseUrl }, paid) }),
    ),
  };
}

/** A model written down once for each of its tasks is fine; the same task twice is the first one's. */
function withoutRepetition(models: readonly ModelSettings[]): ModelSettings[] {
  const seen = new Set<string>();
  const isNew = (modelId: string, task: string) => {
    const name = `${modelId}\n${task}`;
    return !seen.has(name) && seen.add(name) !== undefined;
  };
  return models
    .map((model) => ({
      ...model,
      task: model.task.map(canonicalTask).filter((task) => isNew(model.modelId, task)),
    }))
    .filter(({ task }) => task.length > 0);
}

interface Configured {
  provider: ProviderSetting;
  model: ModelSettings;
  pricesOf: (model: ModelSettings) => Prices;
}

function modelEntry({ provider, model, pricesOf }: Configured): ModelEntry {
  const prices = isFree(provider, model) ? FREE : pricesOf({ ...model, free: false });
  const { maxImages, maxImageSizeMb, supportedFormats } = model.visionCapabilities;
  return {
    providerId: provider.id,
    modelId: model.modelId,
    tasks: model.task,
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    ...(provider.providerType === "anthropic"
      ? { defaultOutputTokens: ANTHROPIC_OUTPUT_TOKENS }
      : {}),
    dimension: model.dimension,
    // The task says it as clearly as the flag, which is false unless written.
    supportsVision: model.supportsVision || model.task.includes("vision"),
    supportsAudio: model.supportsAudio || model.task.includes("audio"),
    supportsTools: model.supportsFunctionCalling,
    vision: {
      maxImages,
      maxImageBytes: Math.floor(maxImageSizeMb * 2 ** 20),
      formats: supportedFormats.map((format) => format.toLowerCase().replace(/^\./, "")),
    },
    tags: model.customTags,
    timers: modelTimers(provider, model),
    prices,
    free: prices.source === "free",
    options: model.providerSpecific,
  };
}

/** A price in the configuration says that a model is paid, also at a provider that is usually free. */
function isFree(provider: ProviderSetting, model: ModelSettings): boolean {
  const { costPer1kTokens = 0, costPer1kInput = 0, costPer1kOutput = 0 } = model;
  if (model.free !== undefined) return model.free;
  if (costPer1kTokens + costPer1kInput + costPer1kOutput > 0) return false;
  // OpenRouter names its free variants so: https://openrouter.ai/docs/guides/routing/model-variants/free
  if (provider.providerType === "openrouter" && model.modelId.endsWith(":free")) return true;
  return provider.free ?? FREE_TYPES.has(provider.providerType);
}
