import * as context from "./context.ts";
import { conversationRoutes } from "./conversation-routes.ts";
import * as conversations from "./conversations.ts";
import { factRoutes } from "./facts.ts";
import { keyRoutes } from "./key-routes.ts";
import { labelRoutes } from "./labels.ts";
import { memoryToolRoutes } from "./memory-tool-routes.ts";
import { pruneRoutes } from "./pruning.ts";
import { defineRoutes } from "./route.ts";
import * as search from "./search.ts";
import { serviceRoutes } from "./service-routes.ts";
import { summaryRoutes } from "./summaries.ts";
import * as system from "./system.ts";
import * as transfer from "./transfer.ts";

const searchRoutes = defineRoutes({
  search: {
    method: "POST",
    path: "/api/v1/query",
    aliases: [
      "/api/v1/search",
      "/api/v1/query/smart",
      "/api/v1/memory/search",
      "/api/v1/memory/retrieve",
    ],
    tag: "Search",
    summary: "Find messages by meaning and by word",
    access: "read",
    body: search.searchBody,
    status: 200,
    response: search.searchOutput,
  },
  searchFullText: {
    method: "POST",
    path: "/api/v1/search/fts",
    tag: "Search",
    summary: 'Find messages by word: AND, OR, NOT, "phrases", prefix*',
    access: "read",
    body: search.ftsBody,
    status: 200,
    response: search.ftsOutput,
  },
  embeddingsStatus: {
    method: "GET",
    path: "/api/v1/embeddings/status",
    tag: "Search",
    summary: "Queue, collections and failures of the embedding work",
    access: "read",
    status: 200,
    response: system.embeddingsStatusOutput,
  },
  retryEmbeddings: {
    method: "POST",
    path: "/api/v1/embeddings/retry",
    tag: "Search",
    summary: "Try messages again whose embedding was given up",
    access: "write",
    status: 200,
    response: system.retriedOutput,
  },
  rebuildEmbeddings: {
    method: "POST",
    path: "/api/v1/rebuild-embeddings",
    tag: "Search",
    summary: "Embed again what has no vector of the current model; goes on after a restart",
    access: "write",
    body: system.rebuildBody,
    status: 202,
    response: system.jobOutput,
  },
});

const contextRoutes = defineRoutes({
  assembleContext: {
    method: "POST",
    path: "/api/v1/context/assemble",
    tag: "Context",
    summary: "What a model should know of the memory for a question, within a budget of tokens",
    access: "read",
    body: context.assembleContextBody,
    status: 200,
    response: context.assembleContextOutput,
  },
});

const transferRoutes = defineRoutes({
  import: {
    method: "POST",
    path: "/api/v1/import",
    tag: "Import and export",
    summary: "Import a ChatGPT, Claude, Markdown, text, XML or Sekha export, or a ZIP of them",
    access: "write",
    query: transfer.importQuery,
    rawBody: ["application/octet-stream", "application/zip", "application/json", "text/plain"],
    status: 200,
    response: transfer.importReport,
    accepted: system.jobOutput,
  },
  export: {
    method: "GET",
    path: "/api/v1/export",
    tag: "Import and export",
    summary: "Export conversations as JSON Lines or Markdown",
    access: "read",
    query: transfer.exportQuery,
    status: 200,
    produces: ["application/x-ndjson", "text/markdown", "application/json"],
  },
  exportByBody: {
    method: "POST",
    path: "/api/v1/export",
    tag: "Import and export",
    summary: "Same as GET, with the filters in the body",
    access: "read",
    body: transfer.exportQuery,
    status: 200,
    produces: ["application/x-ndjson", "text/markdown", "application/json"],
  },
  backup: {
    method: "POST",
    path: "/api/v1/backup",
    tag: "Import and export",
    summary: "A consistent copy of the database, taken while it runs",
    access: "admin",
    status: 200,
    produces: ["application/vnd.sqlite3"],
  },
  getJob: {
    method: "GET",
    path: "/api/v1/jobs/{id}",
    tag: "Import and export",
    summary: "Progress of long work",
    access: "read",
    params: conversations.idParameter,
    status: 200,
    response: system.jobOutput,
  },
  listJobs: {
    method: "GET",
    path: "/api/v1/jobs",
    tag: "Import and export",
    summary: "The newest jobs",
    access: "read",
    status: 200,
    response: system.jobsOutput,
  },
});

const systemRoutes = defineRoutes({
  health: {
    method: "GET",
    path: "/health",
    aliases: ["/api/v1/health"],
    tag: "System",
    summary: "Whether the memory can be read and written, and what is degraded",
    access: "open",
    status: 200,
    response: system.healthOutput,
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    tag: "System",
    summary: "Prometheus metrics; JSON for a client that asks for JSON",
    access: "admin",
    status: 200,
    produces: ["text/plain", "application/json"],
  },
  version: {
    method: "GET",
    path: "/api/v1/version",
    aliases: ["/version"],
    tag: "System",
    summary: "Name and version",
    access: "read",
    status: 200,
    response: system.versionOutput,
  },
  openApi: serviceRoutes.openApi,
  docs: {
    method: "GET",
    path: "/docs",
    tag: "System",
    summary: "This interface as a page to read",
    access: "read",
    status: 200,
    produces: ["text/html"],
  },
  validateConfig: {
    method: "POST",
    path: "/api/v1/config/validate",
    tag: "System",
    summary: "Check a configuration file (YAML) without using it",
    access: "admin",
    rawBody: ["application/yaml", "text/yaml", "text/plain", "application/json"],
    status: 200,
    response: system.configReport,
  },
});

/** Every route of the controller. */
export const CONTROLLER_ROUTES = {
  ...conversationRoutes,
  ...searchRoutes,
  ...contextRoutes,
  ...labelRoutes,
  ...pruneRoutes,
  ...summaryRoutes,
  ...factRoutes,
  ...transferRoutes,
  ...memoryToolRoutes,
  ...keyRoutes,
  ...systemRoutes,
} as const;

export type ControllerRoutes = typeof CONTROLLER_ROUTES;
export type ControllerRouteName = keyof ControllerRoutes;
