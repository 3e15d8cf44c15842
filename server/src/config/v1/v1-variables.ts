import type { Environment } from "../expand-variables.ts";
import { type PlainVariable, plainVariables } from "../plain-variables.ts";

/** Names of v1's .env and compose files that this version reads in config.yaml only. */
const further: readonly (readonly [variable: string, key: string])[] = [
  ["MCP_API_KEY", "mcp_api_key"],
  ["SEKHA_API_KEY", "mcp_api_key"],
  ["REST_API_KEY", "rest_api_key"],
  ["ADDITIONAL_API_KEYS", "additional_api_keys"],
  ["BRIDGE_API_KEY", "bridge_api_key"],
  ["CHROMA_AUTH_TOKEN", "chroma_auth_token"],
  ["SUMMARIZATION_ENABLED", "summarization_enabled"],
  ["PRUNING_ENABLED", "pruning_enabled"],
  ["CORS_ENABLED", "cors_enabled"],
  ["CORS_ORIGINS", "cors_origins"],
  ["RATE_LIMIT_PER_MINUTE", "rate_limit_per_minute"],
  ["MAX_CONNECTIONS", "max_connections"],
  ["CONTEXT_BUDGET", "proxy.context_token_budget"],
];

/** Of this version, or with a meaning for the containers that stays: PROXY_PORT is the port outside. */
const notTaken = new Set(["SEKHA_DATA_DIR", "SEKHA_SERVICES", "PROXY_PORT"]);

/** The variables that v1 read, and the key of this version that each means. */
export const v1Variables: readonly PlainVariable[] = [
  ...plainVariables.filter(({ variable }) => !notTaken.has(variable)),
  ...further.map(([variable, key]) => ({ variable, path: key.split(".") })),
];

/** True when anything here was set for v1. */
export function hasV1Variables(environment: Environment): boolean {
  const isSet = (variable: string) => (environment[variable] ?? "") !== "";
  return (
    v1Variables.some(({ variable }) => isSet(variable)) ||
    Object.keys(environment).some(
      (name) => /^SEKHA__(?!CONFIG_FILE$)(?:(?!__).)+$/i.test(name) && isSet(name),
    )
  );
}
