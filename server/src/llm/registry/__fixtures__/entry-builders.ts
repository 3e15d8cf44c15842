import type { ModelEntry, Prices, ProviderEntry } from "../entries.ts";
import { Registry } from "../registry.ts";

const PAID: Prices = {
  input: 1000n,
  output: 2000n,
  cachedInput: null,
  cacheWrite: null,
  source: "config",
};

export type ModelPart = Partial<Omit<ModelEntry, "providerId">> & { modelId: string };
export type ProviderPart = Partial<Omit<ProviderEntry, "models">> & {
  id: string;
  models: ModelPart[];
};

export function model(providerId: string, part: ModelPart): ModelEntry {
  return {
    providerId,
    tasks: ["chat_small"],
    contextWindow: 8192,
    maxOutputTokens: undefined,
    dimension: undefined,
    supportsVision: false,
    supportsAudio: false,
    supportsTools: undefined,
    vision: { maxImages: 10, maxImageBytes: 2 ** 20, formats: ["png"] },
    tags: [],
    timers: {
      connectMs: 1000,
      headersMs: 1000,
      firstTokenMs: 1000,
      chunkMs: 1000,
      totalMs: 5000,
      coldStartMs: 0,
    },
    prices: PAID,
    free: false,
    options: {},
    ...part,
  };
}

export function provider({ models, ...part }: ProviderPart): ProviderEntry {
  return {
    type: "openai",
    baseUrl: "http://127.0.0.1:9",
    apiKeys: ["test-key"],
    priority: 1,
    maxConcurrency: undefined,
    region: undefined,
    headers: {},
    keepAlive: undefined,
    options: {},
    ...part,
    models: models.map((entry) => model(part.id, entry)),
  };
}

export function registry(
  providers: readonly ProviderPart[],
  defaultModels: Record<string, string> = {},
): Registry {
  return new Registry(providers.map(provider), defaultModels);
}
