import type { BridgeModelOutput, ProviderTest } from "@sekha/sdk";

export interface MissingModel {
  provider: string;
  model: string;
}

/** Ollama only: it lists all it has and serves nothing else. Others list aliases and previews as they like. */
export function missingModels(
  configured: readonly BridgeModelOutput[],
  tests: readonly ProviderTest[],
): MissingModel[] {
  return tests.flatMap(({ provider_id: provider, models: there }) => {
    if (there === null) return [];
    const names = new Set(there.map(fullName));
    const wanted = configured
      .filter((model) => model.provider_id === provider && model.provider_type === "ollama")
      .map(({ model_id }) => model_id);
    return [...new Set(wanted)]
      .filter((model) => !names.has(fullName(model)))
      .map((model) => ({ provider, model }));
  });
}

/** Ollama reads a name without a tag as `:latest`. */
function fullName(model: string): string {
  return model.slice(model.lastIndexOf("/") + 1).includes(":") ? model : `${model}:latest`;
}
