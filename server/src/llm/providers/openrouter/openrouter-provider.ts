import type { Provider } from "../../provider.ts";
import type { ProviderEntry } from "../../registry/entries.ts";
import { createCompatibleProvider } from "../openai/compatible-provider.ts";
import { openRouterComplaint } from "./openrouter-errors.ts";

/** OpenRouter: OpenAI's format with comments in streams, costs in usage, and errors of its own. */
export function createOpenRouterProvider(entry: ProviderEntry, clock: () => number): Provider {
  return createCompatibleProvider(
    entry,
    { keyVariable: "OPENROUTER_API_KEY", complain: openRouterComplaint, modelsOptional: false },
    clock,
  );
}
