import type { ModelEntry, ProviderEntry } from "../../registry/entries.ts";

/** What `provider_specific` of a provider, or of a model over it, may say about a server of OpenAI's format. */
export interface CompatibleOptions {
  /** false: the server refuses `stream_options`, so a stream's usage may be unknown. */
  streamOptions: boolean;
  /** float: the server refuses `encoding_format: base64`. */
  encodingFormat: "base64" | "float";
}

export function compatibleOptions(
  provider: Pick<ProviderEntry, "options">,
  model: Pick<ModelEntry, "options">,
): CompatibleOptions {
  const { stream_options: streamOptions, encoding_format: encodingFormat } = {
    ...provider.options,
    ...model.options,
  };
  return {
    streamOptions: streamOptions !== false,
    encodingFormat: encodingFormat === "float" ? "float" : "base64",
  };
}
