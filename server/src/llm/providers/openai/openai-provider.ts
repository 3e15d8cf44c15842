import type { Provider } from "../../provider.ts";
import type { ProviderEntry } from "../../registry/entries.ts";
import { createCompatibleProvider } from "./compatible-provider.ts";
import { openAiComplaint } from "./openai-errors.ts";

/** OpenAI itself. `provider_specific` may name the `organization` and the `project` to bill. */
export function createOpenAiProvider(entry: ProviderEntry, clock: () => number): Provider {
  const { organization, project } = entry.options;
  return createCompatibleProvider(
    entry,
    {
      keyVariable: "OPENAI_API_KEY",
      complain: openAiComplaint,
      modelsOptional: false,
      headers: {
        ...(typeof organization === "string" ? { "openai-organization": organization } : {}),
        ...(typeof project === "string" ? { "openai-project": project } : {}),
      },
    },
    clock,
  );
}
