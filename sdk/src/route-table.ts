import type { z } from "zod";
import type { BridgeRoutes } from "./contract/bridge-routes.ts";
import type { ControllerRoutes } from "./contract/routes.ts";

/** The controller's, and those of the bridge that its clients for chat do not have. */
type Routes = ControllerRoutes &
  Pick<BridgeRoutes, BridgeCall> & { bridgeHealth: BridgeRoutes["health"] };

type BridgeCall =
  | "chat"
  | "embed"
  | "embeddings"
  | "summarize"
  | "extract"
  | "score"
  | "estimate"
  | "tasks"
  | "models"
  | "route"
  | "providersHealth"
  | "testProvider"
  | "resetProvider"
  | "costs";

/**
 * Where each call goes. The contract itself would bring zod into every bundle, so the addresses
 * are repeated here and the type below makes a difference an error. `repeatable` marks a POST
 * that changes nothing.
 */
type Addresses = {
  readonly [Name in keyof Routes]?: Pick<Routes[Name], "method" | "path"> & {
    repeatable?: true;
  };
};

export const ROUTES = {
  createConversation: { method: "POST", path: "/api/v1/conversations" },
  createConversations: { method: "POST", path: "/api/v1/conversations/batch" },
  listConversations: { method: "GET", path: "/api/v1/conversations" },
  countConversations: { method: "GET", path: "/api/v1/conversations/count" },
  deleteConversations: { method: "DELETE", path: "/api/v1/conversations" },
  getConversation: { method: "GET", path: "/api/v1/conversations/{id}" },
  updateConversation: { method: "PUT", path: "/api/v1/conversations/{id}" },
  deleteConversation: { method: "DELETE", path: "/api/v1/conversations/{id}" },
  listMessages: { method: "GET", path: "/api/v1/conversations/{id}/messages" },
  appendMessages: { method: "POST", path: "/api/v1/conversations/{id}/messages" },
  setLabel: { method: "PUT", path: "/api/v1/conversations/{id}/label" },
  setFolder: { method: "PUT", path: "/api/v1/conversations/{id}/folder" },
  pin: { method: "PUT", path: "/api/v1/conversations/{id}/pin" },
  unpin: { method: "PUT", path: "/api/v1/conversations/{id}/unpin" },
  archive: { method: "PUT", path: "/api/v1/conversations/{id}/archive" },
  unarchive: { method: "PUT", path: "/api/v1/conversations/{id}/unarchive" },
  setStatus: { method: "PUT", path: "/api/v1/conversations/{id}/status" },
  setImportance: { method: "PUT", path: "/api/v1/conversations/{id}/importance" },
  setTags: { method: "PUT", path: "/api/v1/conversations/{id}/tags" },
  addTags: { method: "POST", path: "/api/v1/conversations/{id}/tags", repeatable: true },
  removeTags: { method: "DELETE", path: "/api/v1/conversations/{id}/tags" },
  listLabels: { method: "GET", path: "/api/v1/labels" },
  suggestLabels: { method: "POST", path: "/api/v1/labels/suggest", repeatable: true },
  autoLabel: { method: "POST", path: "/api/v1/labels/auto" },
  listFolders: { method: "GET", path: "/api/v1/folders" },
  listTags: { method: "GET", path: "/api/v1/tags" },
  stats: { method: "GET", path: "/api/v1/stats" },
  search: { method: "POST", path: "/api/v1/query", repeatable: true },
  searchFullText: { method: "POST", path: "/api/v1/search/fts", repeatable: true },
  assembleContext: { method: "POST", path: "/api/v1/context/assemble", repeatable: true },
  suggestPruning: { method: "POST", path: "/api/v1/prune/dry-run", repeatable: true },
  executePruning: { method: "POST", path: "/api/v1/prune/execute" },
  undoPruning: { method: "POST", path: "/api/v1/prune/undo" },
  listPruneRuns: { method: "GET", path: "/api/v1/prune/runs" },
  summarizeConversation: { method: "POST", path: "/api/v1/summarize", repeatable: true },
  listFacts: { method: "GET", path: "/api/v1/facts" },
  listSummaries: { method: "GET", path: "/api/v1/summaries" },
  embeddingsStatus: { method: "GET", path: "/api/v1/embeddings/status" },
  retryEmbeddings: { method: "POST", path: "/api/v1/embeddings/retry" },
  rebuildEmbeddings: { method: "POST", path: "/api/v1/rebuild-embeddings" },
  import: { method: "POST", path: "/api/v1/import" },
  export: { method: "GET", path: "/api/v1/export" },
  backup: { method: "POST", path: "/api/v1/backup", repeatable: true },
  getJob: { method: "GET", path: "/api/v1/jobs/{id}" },
  listJobs: { method: "GET", path: "/api/v1/jobs" },
  health: { method: "GET", path: "/health" },
  metrics: { method: "GET", path: "/metrics" },
  version: { method: "GET", path: "/api/v1/version" },
  validateConfig: { method: "POST", path: "/api/v1/config/validate", repeatable: true },
  listMemoryTools: { method: "GET", path: "/mcp/tools" },
  memory_store: { method: "POST", path: "/mcp/tools/memory_store" },
  memory_search: { method: "POST", path: "/mcp/tools/memory_search", repeatable: true },
  memory_update: { method: "POST", path: "/mcp/tools/memory_update", repeatable: true },
  memory_get_context: { method: "POST", path: "/mcp/tools/memory_get_context", repeatable: true },
  memory_prune: { method: "POST", path: "/mcp/tools/memory_prune", repeatable: true },
  memory_export: { method: "POST", path: "/mcp/tools/memory_export", repeatable: true },
  memory_stats: { method: "POST", path: "/mcp/tools/memory_stats", repeatable: true },
  memory_assemble: { method: "POST", path: "/mcp/tools/memory_assemble", repeatable: true },
  memory_append: { method: "POST", path: "/mcp/tools/memory_append" },
  memory_pin: { method: "POST", path: "/mcp/tools/memory_pin", repeatable: true },
  llm_status: { method: "POST", path: "/mcp/tools/llm_status", repeatable: true },
  llm_routing: { method: "POST", path: "/mcp/tools/llm_routing", repeatable: true },
  listKeys: { method: "GET", path: "/api/v1/keys" },
  createKey: { method: "POST", path: "/api/v1/keys" },
  rotateKey: { method: "POST", path: "/api/v1/keys/{id}/rotate" },
  revokeKey: { method: "DELETE", path: "/api/v1/keys/{id}" },
  whoami: { method: "GET", path: "/api/v1/whoami" },
  listUsers: { method: "GET", path: "/api/v1/users" },
  eraseUser: { method: "DELETE", path: "/api/v1/users/{name}" },
  bridgeHealth: { method: "GET", path: "/health" },
  chat: { method: "POST", path: "/v1/chat/completions" },
  embed: { method: "POST", path: "/api/v1/embed", repeatable: true },
  embeddings: { method: "POST", path: "/v1/embeddings", repeatable: true },
  summarize: { method: "POST", path: "/api/v1/summarize" },
  extract: { method: "POST", path: "/api/v1/extract" },
  score: { method: "POST", path: "/api/v1/score" },
  estimate: { method: "POST", path: "/api/v1/estimate", repeatable: true },
  tasks: { method: "GET", path: "/api/v1/tasks" },
  models: { method: "GET", path: "/api/v1/models" },
  route: { method: "POST", path: "/api/v1/route", repeatable: true },
  providersHealth: { method: "GET", path: "/api/v1/health/providers" },
  testProvider: { method: "POST", path: "/api/v1/test-provider" },
  resetProvider: { method: "POST", path: "/api/v1/providers/{id}/reset", repeatable: true },
  costs: { method: "GET", path: "/api/v1/costs" },
} as const satisfies Addresses;

export type RouteName = keyof typeof ROUTES;

/** What a route answers with. */
export type AnswerOf<Name extends RouteName> = Routes[Name] extends {
  response: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : never;

/** What a route takes as its JSON body. */
export type BodyOf<Name extends RouteName> = Routes[Name] extends {
  body: infer Schema extends z.ZodType;
}
  ? z.input<Schema>
  : never;

/** The route's path with its parameters filled in. */
export function pathOf(name: RouteName, params: Readonly<Record<string, string>> = {}): string {
  return ROUTES[name].path.replace(/\{(\w+)\}/g, (_, parameter: string) => {
    const value = params[parameter] ?? "";
    // An empty segment would be another route; dots would climb.
    if (value === "" || /^\.{1,2}$/.test(value)) {
      throw new TypeError(`${parameter} must not be "${value}".`);
    }
    return encodeURIComponent(value);
  });
}

/** Whether sending the request twice does no more than sending it once. */
export function isRepeatable(name: RouteName): boolean {
  const route = ROUTES[name];
  return route.method !== "POST" || "repeatable" in route;
}
