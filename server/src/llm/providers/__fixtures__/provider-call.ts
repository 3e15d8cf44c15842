import type { ProviderCall } from "../../provider.ts";
import type { ModelEntry, ProviderEntry, ProviderType, Timers } from "../../registry/entries.ts";
import type { ProviderDependencies } from "../create-provider.ts";

/** Milliseconds, long enough never to run out in a test that is not about them. */
export const PATIENT: Timers = {
  connectMs: 5000,
  headersMs: 5000,
  firstTokenMs: 5000,
  chunkMs: 5000,
  totalMs: 10_000,
  coldStartMs: 0,
};

export const NOW = Date.UTC(2025, 10, 25, 12);

export const DEPENDENCIES: ProviderDependencies = {
  clock: () => NOW,
  newId: () => "test",
  builtin: () => {
    throw new Error("not asked for");
  },
};

export function modelEntry(given: Partial<ModelEntry> = {}): ModelEntry {
  return {
    providerId: "main",
    modelId: "chat",
    tasks: ["chat_smart"],
    contextWindow: 8192,
    maxOutputTokens: undefined,
    dimension: undefined,
    supportsVision: true,
    supportsAudio: false,
    supportsTools: true,
    vision: { maxImages: 10, maxImageBytes: 2 ** 20, formats: ["png"] },
    tags: [],
    timers: PATIENT,
    prices: { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, source: "free" },
    free: true,
    options: {},
    ...given,
  };
}

export function providerEntry(
  type: ProviderType,
  baseUrl: string,
  given: Partial<ProviderEntry> = {},
): ProviderEntry {
  return {
    id: "main",
    type,
    baseUrl,
    apiKeys: ["test-key"],
    priority: 1,
    maxConcurrency: undefined,
    region: undefined,
    headers: {},
    keepAlive: undefined,
    options: {},
    models: [modelEntry()],
    ...given,
  };
}

export function callOf(given: Partial<ProviderCall> = {}): ProviderCall {
  return {
    model: modelEntry(),
    apiKey: "test-key",
    timers: PATIENT,
    signal: new AbortController().signal,
    ...given,
  };
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => new Error(`no failure but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}
