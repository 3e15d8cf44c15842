/** Another spelling: the key path it is written as, and the key it means. */
export interface Alias {
  from: readonly string[];
  /** Nothing: the key has no use any more and is left out. */
  to: readonly string[] | undefined;
}

/**
 * The dialects of the existing documents (decisions 14): the bridge's own, that of the containers,
 * that of the v2 guide, and v1's keys, flat and in tables. `*` is a list index. A rule also holds
 * for everything below its key, and a result is looked up again.
 */
const spellings: readonly (readonly [from: string, to: string | undefined])[] = [
  ["config_version", "version"],
  ["data_dir", "data_directory"],
  ["celery_broker_url", undefined],
  ["celery_result_backend", undefined],

  ["providers", "llm_providers"],
  ["llm_providers.*.type", "llm_providers.*.provider_type"],
  ["llm_providers.*.url", "llm_providers.*.base_url"],
  ["llm_providers.*.timeout", "llm_providers.*.timeout_secs"],
  ["llm_providers.*.timeout_seconds", "llm_providers.*.timeout_secs"],
  ["llm_providers.*.models.*.timeout", "llm_providers.*.models.*.timeout_secs"],
  ["llm_providers.*.models.*.timeout_seconds", "llm_providers.*.models.*.timeout_secs"],
  ["llm_providers.*.models.*.tasks", "llm_providers.*.models.*.task"],
  ["llm_providers.*.models.*.tags", "llm_providers.*.models.*.custom_tags"],
  ...visionSpellings("max_images", "max_images"),
  ...visionSpellings("max_image_size", "max_image_size_mb"),
  ...visionSpellings("max_image_size_mb", "max_image_size_mb"),
  ...visionSpellings("supported_formats", "supported_formats"),
  ["default_models.chat_fast", "default_models.chat_small"],
  ["default_models.chat_vision", "default_models.vision"],
  ["routing.auto_fallback", "routing.enable_fallback"],
  ["routing.max_cost_per_request", "routing.cost_limit_per_request"],
  ["circuit_breaker", "routing.circuit_breaker"],
  ["routing.circuit_breaker.timeout", "routing.circuit_breaker.timeout_secs"],
  ["routing.circuit_breaker.timeout_seconds", "routing.circuit_breaker.timeout_secs"],

  ["server.api_key", "mcp_api_key"],
  ["server.cors_enabled", "cors_enabled"],
  ["server.cors_origins", "cors_origins"],
  ["server.max_connections", "max_connections"],
  ["server.rate_limit_per_minute", "rate_limit_per_minute"],
  ["server.rate_limit_per_second", "rate_limit_per_second"],
  ["server.rate_limit_burst", "rate_limit_burst"],
  ["auth.api_key", "mcp_api_key"],
  ["auth.mcp_api_key", "mcp_api_key"],
  ["auth.rest_api_key", "rest_api_key"],
  ["auth.additional_api_keys", "additional_api_keys"],
  ["auth.bridge_api_key", "bridge_api_key"],
  ["database.url", "database_url"],
  ["database.max_connections", "max_connections"],
  ["chroma.url", "chroma_url"],
  ["chroma.auth_token", "chroma_auth_token"],
  ["chroma.tenant", "chroma_tenant"],
  ["chroma.database", "chroma_database"],
  ["bridge.url", "llm_bridge_url"],
  ["bridge.api_key", "bridge_api_key"],
  ["llm_bridge.url", "llm_bridge_url"],
  ["controller.url", "controller_url"],
  ["controller.api_key", "controller_api_key"],
  ["proxy.api_key", "proxy_api_key"],
  ["ollama_base_url", "ollama_url"],
  ["ollama.url", "ollama_url"],
  ["ollama.embedding_model", "embedding_model"],
  ["ollama.summarization_model", "summarization_model"],
  ["embedding.model", "embedding_model"],
  ["embedding", "embeddings"],
  ["logging.level", "log_level"],
  ["logging.format", "log_format"],
  ["cors.enabled", "cors_enabled"],
  ["cors.origins", "cors_origins"],
  ["rate_limit.per_minute", "rate_limit_per_minute"],
  ["rate_limit.per_second", "rate_limit_per_second"],
  ["rate_limit.burst", "rate_limit_burst"],
  ["features.summarization_enabled", "summarization_enabled"],
  ["features.pruning_enabled", "pruning_enabled"],
];

/** Other words for a value, by key. */
const valueSpellings: readonly (readonly [path: string, words: Record<string, string>])[] = [
  ["llm_providers.*.models.*.task", { chat_fast: "chat_small", chat_vision: "vision" }],
  ["llm_providers.*.models.*.task.*", { chat_fast: "chat_small", chat_vision: "vision" }],
  ["routing.strategy", { region: "priority", "round-robin": "round_robin" }],
  ["log_level", { warning: "warn", critical: "fatal" }],
  ["log_format", { pretty: "text", console: "text", plain: "text" }],
];

/** The section that v1's `server_host` and `server_port` mean: both old services had them. */
export type FlatServerSection = "server" | "bridge";

export function aliasesFor(flatServerSection: FlatServerSection): readonly Alias[] {
  const flat = [
    ["server_host", `${flatServerSection}.host`],
    ["server_port", `${flatServerSection}.port`],
  ] as const;
  return [...flat, ...spellings].map(([from, to]) => ({
    from: from.split("."),
    to: to?.split("."),
  }));
}

/** The word a value at this path stands for, when it is another spelling. */
export function valueAlias(path: readonly string[], value: string): string | undefined {
  const found = valueSpellings.find(([pattern]) => matches(pattern.split("."), path));
  const words = found?.[1] ?? {};
  const word = value.toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : undefined;
}

/** True when the pattern fits the whole path. */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return pattern.length === path.length && fits(pattern, path);
}

/** True when the pattern fits the beginning of the path. */
export function fits(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.length > path.length) return false;
  return pattern.every((part, index) => {
    const segment = path[index] ?? "";
    return part === "*" ? /^(\d+|\*)$/.test(segment) : part === segment;
  });
}

function visionSpellings(from: string, to: string) {
  const model = "llm_providers.*.models.*";
  return [[`${model}.${from}`, `${model}.vision_capabilities.${to}`]] as const;
}
