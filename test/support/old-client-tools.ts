import { JS_SDK, type OldClientCall } from "./old-client-orchestration.ts";

const JS_MCP = { ...JS_SDK, "User-Agent": "Sekha-JS-SDK-MCP/1.0.0" };
const MESSAGES = [{ role: "user", content: "The kettle whistles at dawn" }];
const OF_CONVERSATION = { conversation_id: "{id}" };

function tool(
  name: string,
  call: Partial<OldClientCall> & Pick<OldClientCall, "client" | "reads">,
): OldClientCall {
  return {
    method: "POST",
    path: `/mcp/tools/${name}`,
    headers: JS_MCP,
    body: OF_CONVERSATION,
    status: 200,
    ...call,
  };
}

/** The MCP tools over HTTP (wire.md §1B). */
export const TOOL_CALLS: readonly OldClientCall[] = [
  tool("memory_store", {
    client: "JS SDK memoryStore and the Python MCP server",
    body: { label: "Kettle", folder: "/kitchen", messages: MESSAGES, importance_score: 7.5 },
    reads: ["success", "data.conversation_id", "data.id", "data.label", "data.message_count"],
  }),
  tool("memory_search", {
    client: "JS SDK memorySearch and the Python MCP server",
    body: { query: "whistles", limit: 5, offset: 0, filters: null, filter_labels: [] },
    reads: [
      ...["success", "data.total_results", "data.limit", "data.results.0.content"],
      ...["data.results.0.score", "data.results.0.similarity", "data.results.0.label"],
    ],
  }),
  tool("memory_query", {
    client: "Controller smoke test",
    body: { query: "whistles", limit: 5 },
    reads: ["success", "data.results.0.conversation_id"],
  }),
  tool("memory_update", {
    client: "JS SDK memoryUpdate",
    body: { ...OF_CONVERSATION, label: "Tea", folder: "/kitchen", importance_score: 6.5 },
    reads: ["success", "data.updated_fields.0", "data.message"],
  }),
  tool("memory_get_context", {
    client: "JS SDK memoryGetContext and the Python MCP server",
    reads: [
      ...["data.label", "data.status", "data.folder", "data.importance_score", "data.word_count"],
      ...["data.session_count", "data.created_at", "data.updated_at", "data.messages.0.content"],
    ],
  }),
  tool("memory_prune", {
    client: "JS SDK memoryPrune and the Python MCP server",
    body: { threshold_days: 0, importance_threshold: 10 },
    reads: [
      ...["data.threshold_days", "data.importance_threshold", "data.total_suggestions"],
      ...["data.suggestions.0.conversation_label", "data.suggestions.0.label"],
      ...["data.suggestions.0.reason", "data.suggestions.0.last_accessed"],
    ],
  }),
  tool("memory_export", {
    client: "JS SDK memoryExport and export",
    body: { ...OF_CONVERSATION, format: "json", include_metadata: true },
    reads: [
      ...["data.conversation.id", "data.conversation.label", "data.messages.0.content"],
      ...["data.format", "data.include_metadata"],
    ],
  }),
  tool("memory_stats", {
    client: "JS SDK memoryStats",
    body: {},
    reads: ["data.total_conversations", "data.average_importance", "data.folders.0"],
  }),
  tool("memory_get_context", {
    client: "JS SDK memoryGetContext, an unknown conversation",
    body: { conversation_id: "00000000-0000-4000-8000-000000000000" },
    status: 404,
    reads: ["error"],
  }),
  {
    client: "JS SDK getMCPTools, Python SDK get_mcp_tools",
    method: "GET",
    path: "/mcp/tools",
    headers: JS_SDK,
    status: 200,
    reads: ["0.name", "0.description", "0.inputSchema"],
  },
  {
    client: "Python SDK 0.6 get_mcp_tools",
    method: "GET",
    path: "/api/v1/mcp/tools",
    status: 200,
    reads: ["0.name"],
  },
];
