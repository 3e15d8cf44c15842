import type { Provider } from "../../provider.ts";
import type { ProviderEntry } from "../../registry/entries.ts";
import { createCompatibleProvider } from "../openai/compatible-provider.ts";
import { openAiComplaint } from "../openai/openai-errors.ts";

/**
 * Any server of OpenAI's format: LiteLLM, vLLM, llama.cpp, LM Studio, DeepSeek, Moonshot. `provider_specific` knows
 * `stream_options: false` and `encoding_format: float` for those that refuse what OpenAI takes.
 */
export function createLitellmProvider(entry: ProviderEntry, clock: () => number): Provider {
  return createCompatibleProvider(
    entry,
    { keyVariable: undefined, complain: openAiComplaint, modelsOptional: true },
    clock,
  );
}
