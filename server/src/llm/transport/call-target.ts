/** Who is asked, for messages. A ModelEntry is one. */
export interface CallTarget {
  providerId: string;
  /** undefined: the provider as a whole. */
  modelId: string | undefined;
}

/** `provider "openai-main" (model gpt-4o)` */
export function targetName({ providerId, modelId }: CallTarget): string {
  return modelId === undefined
    ? `provider "${providerId}"`
    : `provider "${providerId}" (model ${modelId})`;
}

/** The key of the configuration to look at: `llm_providers[openai-main].api_key`. */
export function configKey({ providerId }: Pick<CallTarget, "providerId">, key: string): string {
  return `llm_providers[${providerId}].${key}`;
}
