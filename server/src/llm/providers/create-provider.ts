import type { Provider } from "../provider.ts";
import type { ProviderEntry, ProviderType } from "../registry/entries.ts";
import { createAnthropicProvider } from "./anthropic/anthropic-provider.ts";
import { createLitellmProvider } from "./litellm/litellm-provider.ts";
import { createOllamaProvider } from "./ollama/ollama-provider.ts";
import { createOpenAiProvider } from "./openai/openai-provider.ts";
import { createOpenRouterProvider } from "./openrouter/openrouter-provider.ts";

export interface ProviderDependencies {
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Unique ids, for answers of providers that give none. */
  newId: () => string;
  /** The provider of this process's own models, which are loaded once. */
  builtin: () => Provider;
}

type Create = (entry: ProviderEntry, dependencies: ProviderDependencies) => Provider;

const PROVIDERS: Readonly<Record<ProviderType, Create>> = {
  ollama: createOllamaProvider,
  openai: (entry, { clock }) => createOpenAiProvider(entry, clock),
  anthropic: (entry, { clock }) => createAnthropicProvider(entry, clock),
  openrouter: (entry, { clock }) => createOpenRouterProvider(entry, clock),
  litellm: (entry, { clock }) => createLitellmProvider(entry, clock),
  builtin: (_, { builtin }) => builtin(),
};

/** The client of one configured provider; opens no connection before its first call. */
export function createProvider(entry: ProviderEntry, dependencies: ProviderDependencies): Provider {
  return PROVIDERS[entry.type](entry, dependencies);
}
