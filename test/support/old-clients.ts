import { JS_SDK, type OldClientCall, ORCHESTRATION_CALLS } from "./old-client-orchestration.ts";
import { TOOL_CALLS } from "./old-client-tools.ts";

export type { OldClientCall };

const MESSAGES = [{ role: "user", content: "The kettle whistles at dawn" }];
const CONVERSATION = "/api/v1/conversations/{id}";

/** Every route of the controller that clients of v1 call or its documents promise, served today. */
export const OLD_CLIENT_CALLS: readonly OldClientCall[] = [
  {
    client: "JS SDK store",
    method: "POST",
    path: "/api/v1/conversations",
    headers: JS_SDK,
    body: { messages: MESSAGES, label: "Kettle", importanceScore: 7, metadata: { a: 1 } },
    status: 201,
    reads: ["id", "label", "folder", "status", "message_count", "created_at"],
  },
  {
    client: "Python SDK create_conversation",
    method: "POST",
    path: "/api/v1/conversations",
    body: { label: "Kettle", folder: "/", messages: MESSAGES, importance_score: 5.5 },
    status: 201,
    reads: ["id", "conversation_id", "status", "created_at"],
  },
  {
    client: "Proxy capture",
    method: "POST",
    path: "/api/v1/conversations",
    body: {
      label: "The kettle whistles at dawn",
      folder: "/auto-captured",
      messages: MESSAGES,
      metadata: { auto_captured: true, context_used: [], llm_provider: "ollama" },
    },
    status: 201,
    reads: ["id"],
  },
  {
    client: "VS Code create",
    method: "POST",
    path: "/api/v1/conversations",
    body: { label: "Kettle", folder: "/vscode", messages: MESSAGES, tags: ["kitchen"] },
    status: 201,
    reads: ["id", "label", "tags.0"],
  },
  {
    client: "Migration guide step 6",
    method: "POST",
    path: "/api/v1/conversations",
    body: { messages: [{ role: "user", content: "Test migration" }], metadata: { test: true } },
    status: 201,
    reads: ["id", "label"],
  },
  {
    client: "VS Code, Obsidian and CLI get",
    method: "GET",
    path: CONVERSATION,
    status: 200,
    reads: ["messages.0.content", "messages.0.role", "tags", "status", "created_at", "label"],
  },
  {
    client: "JS SDK list",
    method: "GET",
    path: "/api/v1/conversations?page=1&page_size=50&label=Kettle&pinned=false&archived=false",
    headers: JS_SDK,
    status: 200,
    reads: ["results.0.conversation_id", "results.0.score", "total", "page", "page_size"],
  },
  {
    client: "VS Code list",
    method: "GET",
    path: "/api/v1/conversations?limit=100&offset=0",
    status: 200,
    reads: ["conversations.0.id", "conversations.0.label", "total"],
  },
  {
    client: "JS SDK count",
    method: "GET",
    path: "/api/v1/conversations/count?label=Kettle",
    headers: JS_SDK,
    status: 200,
    reads: ["count", "label"],
  },
  {
    client: "VS Code count",
    method: "GET",
    path: "/api/v1/conversations/count",
    status: 200,
    reads: ["total", "by_status.active", "by_status.pinned", "by_status.archived"],
  },
  {
    client: "JS SDK updateLabel",
    method: "PUT",
    path: `${CONVERSATION}/label`,
    body: { label: "Tea", folder: "/kitchen" },
    status: 200,
    reads: ["success", "id", "label"],
  },
  {
    client: "Python SDK update_label",
    method: "PUT",
    path: `${CONVERSATION}/label`,
    body: { label: "Tea" },
    status: 200,
    reads: ["success", "folder"],
  },
  {
    client: "JS SDK updateFolder",
    method: "PUT",
    path: `${CONVERSATION}/folder`,
    body: { folder: "/kitchen" },
    status: 200,
    reads: ["success", "folder"],
  },
  {
    client: "JS and Python SDK pin",
    method: "PUT",
    path: `${CONVERSATION}/pin`,
    status: 200,
    reads: ["success", "status"],
  },
  {
    client: "VS Code unpin",
    method: "PUT",
    path: `${CONVERSATION}/unpin`,
    status: 200,
    reads: ["success", "status"],
  },
  {
    client: "Python SDK 0.5 pin and archive",
    method: "PUT",
    path: `${CONVERSATION}/status`,
    body: { status: "archived" },
    status: 200,
    reads: ["success", "status"],
  },
  {
    client: "JS SDK archive",
    method: "PUT",
    path: `${CONVERSATION}/archive`,
    status: 200,
    reads: ["success"],
  },
  {
    client: "Documents: importance",
    method: "PUT",
    path: `${CONVERSATION}/importance`,
    body: { importance_score: 8 },
    status: 200,
    reads: ["importance_score"],
  },
  {
    client: "VS Code addTags",
    method: "POST",
    path: `${CONVERSATION}/tags`,
    body: { tags: ["morning"] },
    status: 200,
    reads: ["tags.0"],
  },
  {
    client: "Documents: append",
    method: "POST",
    path: `${CONVERSATION}/messages`,
    body: { messages: [{ role: "assistant", content: "Tea is ready" }] },
    status: 201,
    reads: ["success", "message_count"],
  },
  {
    client: "JS SDK query",
    method: "POST",
    path: "/api/v1/query",
    headers: JS_SDK,
    body: { query: "kettle", limit: 10, offset: 0 },
    status: 200,
    reads: ["results.0.label", "results.0.score", "results.0.content", "total", "page"],
  },
  {
    client: "Bridge e2e suite",
    method: "POST",
    path: "/api/v1/search",
    body: { query: "kettle", limit: 5 },
    status: 200,
    reads: ["results.0.conversation_id", "results.0.score", "results.0.label"],
  },
  {
    client: "Python SDK 0.5 smart_query",
    method: "POST",
    path: "/api/v1/query/smart",
    body: { query: "kettle", limit: 5, filters: { folder: "/" } },
    status: 200,
    reads: ["results.0.message_id", "total", "page", "page_size"],
  },
  {
    client: "JS SDK searchFTS",
    method: "POST",
    path: "/api/v1/search/fts",
    headers: JS_SDK,
    body: { query: "kettle", limit: 50 },
    status: 200,
    reads: ["results.0.id", "results.0.role", "results.0.rank", "results.0.conversation_id"],
  },
  {
    client: "Documents: memory/search",
    method: "POST",
    path: "/api/v1/memory/search",
    body: { query: "kettle" },
    status: 200,
    reads: ["results.0.content"],
  },
  {
    client: "Documents: memory/retrieve",
    method: "POST",
    path: "/api/v1/memory/retrieve",
    body: { query: "kettle" },
    status: 200,
    reads: ["results.0.content"],
  },
  {
    client: "Documents: memory/store",
    method: "POST",
    path: "/api/v1/memory/store",
    body: { messages: MESSAGES },
    status: 201,
    reads: ["id"],
  },
  {
    client: "JS SDK rebuildEmbeddings",
    method: "POST",
    path: "/api/v1/rebuild-embeddings",
    headers: JS_SDK,
    status: 202,
    reads: ["job_id"],
  },
  {
    client: "JS SDK export",
    method: "GET",
    path: "/api/v1/export?label=Kettle&format=json",
    headers: JS_SDK,
    status: 200,
    reads: ["content", "format"],
  },
  {
    client: "Python SDK export",
    method: "GET",
    path: "/api/v1/export?format=markdown",
    headers: { Accept: "application/json" },
    status: 200,
    reads: ["content"],
  },
  {
    client: "MCP server memory_stats",
    method: "GET",
    path: "/api/v1/stats?folder=/",
    status: 200,
    reads: [
      "success",
      "data.total_conversations",
      "data.average_importance",
      "data.folders",
      "data.estimated_token_savings",
    ],
  },
  {
    client: "Documents: labels",
    method: "GET",
    path: "/api/v1/labels",
    status: 200,
    reads: ["labels.0.name"],
  },
  {
    client: "Documents: folders",
    method: "GET",
    path: "/api/v1/folders",
    status: 200,
    reads: ["folders.0.name"],
  },
  {
    client: "Documents: version",
    method: "GET",
    path: "/version",
    status: 200,
    reads: ["version"],
  },
  { client: "Documents: keys", method: "GET", path: "/auth/keys", status: 200, reads: ["keys"] },
  {
    client: "Documents: config validation",
    method: "POST",
    path: "/api/v1/config/validate",
    headers: { "Content-Type": "application/yaml" },
    body: "server:\n  port: 8080\n",
    status: 200,
    reads: ["valid"],
  },
  {
    client: "Documents: OpenAPI",
    method: "GET",
    path: "/openapi.json",
    status: 200,
    reads: ["openapi"],
  },
  {
    client: "Everyone: health",
    method: "GET",
    path: "/health",
    status: 200,
    reads: [
      "status",
      "version",
      "uptime_seconds",
      "timestamp",
      "checks.database.status",
      "checks.chroma.status",
    ],
  },
  {
    client: "JS SDK getMetrics",
    method: "GET",
    path: "/metrics",
    headers: JS_SDK,
    status: 200,
    reads: [],
  },
  ...ORCHESTRATION_CALLS,
  ...TOOL_CALLS,
  {
    client: "JS SDK and VS Code delete",
    method: "DELETE",
    path: CONVERSATION,
    status: 200,
    reads: ["success"],
  },
];

/** Routes of old clients that belong to parts still to come. */
export const OLD_CLIENT_ROUTES_TO_COME: readonly { route: string; part: string }[] = [
  { route: "POST /api/v1/conversations/analyze", part: "nobody sends it: it stood on a roadmap" },
  {
    route: "POST /api/v1/test-provider, POST /llm/query, POST /v1/embeddings",
    part: "the LLM bridge",
  },
];

/** docs/reference/old-clients.md. */
export function oldClientsPage(): string {
  const rows = OLD_CLIENT_CALLS.map(
    ({ client, method, path, status, reads }) =>
      `| ${client} | \`${method} ${path}\` | ${status} | ${reads.map((read) => `\`${read}\``).join(" ")} |`,
  );
  const later = OLD_CLIENT_ROUTES_TO_COME.map(({ route, part }) => `| ${route} | ${part} |`);
  return `<!-- Generated by npm run generate from test/support/old-clients.ts; test/old-clients.test.ts sends each. -->
# What existing clients send

Each row is sent by \`test/old-clients.test.ts\`, which checks the status and that the answer holds what the client reads.

| client | request | status | reads |
|---|---|---|---|
${rows.join("\n")}

## With the parts still to come

| routes | part |
|---|---|
${later.join("\n")}
`;
}
