import type { Environment } from "./expand-variables.ts";
import type { ServiceName } from "./server-section.ts";
import type { SourceNode } from "./source-node.ts";

/** One variable without the SEKHA__ prefix, and the key it sets. */
export interface PlainVariable {
  variable: string;
  path: readonly string[];
}

/**
 * The names that v1, its containers and its proxy used, and the few short ones of v2. Of several
 * variables for one key the first that is set wins.
 */
const names: readonly (readonly [variable: string, key: string])[] = [
  ["SEKHA_DATA_DIR", "data_directory"],
  ["SEKHA_SERVICES", "services"],
  ["SEKHA_SERVER_HOST", "server.host"],
  ["SEKHA_SERVER_PORT", "server.port"],
  ["LOG_LEVEL", "log_level"],
  ["LOG_FORMAT", "log_format"],
  ["DATABASE_URL", "database_url"],
  ["CHROMA_URL", "chroma_url"],
  ["LLM_BRIDGE_URL", "llm_bridge_url"],
  ["BRIDGE_URL", "llm_bridge_url"],
  ["CONTROLLER_URL", "controller_url"],
  ["CONTROLLER_API_KEY", "controller_api_key"],
  ["OLLAMA_URL", "ollama_url"],
  ["OLLAMA_BASE_URL", "ollama_url"],
  ["EMBEDDING_MODEL", "embedding_model"],
  ["SUMMARIZATION_MODEL", "summarization_model"],
  ["CHAT_MODEL", "chat_model"],
  ["VISION_MODEL", "vision_model"],
  ["PROXY_HOST", "proxy.host"],
  ["PROXY_PORT", "proxy.port"],
  ["PROXY_API_KEY", "proxy_api_key"],
  ["LLM_TIMEOUT", "proxy.llm_timeout_secs"],
  ["CONTROLLER_TIMEOUT", "proxy.controller_timeout_secs"],
  ["PREFERRED_CHAT_MODEL", "proxy.preferred_chat_model"],
  ["PREFERRED_VISION_MODEL", "proxy.preferred_vision_model"],
  ["AUTO_INJECT_CONTEXT", "proxy.auto_inject_context"],
  ["MEMORY_AUTO_INJECT_CONTEXT", "proxy.auto_inject_context"],
  ["CONTEXT_TOKEN_BUDGET", "proxy.context_token_budget"],
  ["MEMORY_CONTEXT_TOKEN_BUDGET", "proxy.context_token_budget"],
  ["DEFAULT_FOLDER", "proxy.default_folder"],
  ["MEMORY_DEFAULT_FOLDER", "proxy.default_folder"],
  ["PREFERRED_LABELS", "proxy.preferred_labels"],
  ["MEMORY_PREFERRED_LABELS", "proxy.preferred_labels"],
  ["EXCLUDED_FOLDERS", "proxy.excluded_folders"],
  ["MEMORY_EXCLUDED_FOLDERS", "proxy.excluded_folders"],
];

export const plainVariables: readonly PlainVariable[] = names.map(([variable, key]) => ({
  variable,
  path: key.split("."),
}));

const sections = { controller: "server", bridge: "bridge", proxy: "proxy" } as const;

/**
 * The plain variables that are set, as values by path. HOST and PORT were the bridge's; they are
 * read for the one service of this process and left alone when it runs several, since shells and
 * platforms set them for purposes of their own.
 */
export function plainOverrides(
  environment: Environment,
  soleService: ServiceName | undefined,
): { path: readonly string[]; node: SourceNode }[] {
  const taken = new Set<string>();
  const overrides = [];
  for (const { variable, path } of [...plainVariables, ...addressVariables(soleService)]) {
    const value = environment[variable];
    if (value === undefined || value === "" || taken.has(path.join("."))) continue;
    taken.add(path.join("."));
    const node: SourceNode = { kind: "scalar", value, origin: { variable }, loose: true };
    overrides.push({ path, node });
  }
  return overrides;
}

function addressVariables(soleService: ServiceName | undefined): PlainVariable[] {
  if (soleService === undefined) return [];
  const section = sections[soleService];
  return [
    { variable: "HOST", path: [section, "host"] },
    { variable: "PORT", path: [section, "port"] },
  ];
}
