/** A request that an existing client sends, and what it reads from the answer (wire.md §1C, §1.5). */
export interface OldClientCall {
  client: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{id}` stands for a stored conversation, in the body too. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  /** Paths such as `results.0.score` that must hold something. */
  reads: string[];
}

export const JS_SDK = { "Content-Type": "application/json", "User-Agent": "Sekha-JS-SDK/1.0.0" };

/** Context, summaries, labels, importance and pruning. */
export const ORCHESTRATION_CALLS: readonly OldClientCall[] = [
  {
    client: "Proxy context",
    method: "POST",
    path: "/api/v1/context/assemble",
    body: { query: "whistles", preferred_labels: [], context_budget: 2000, excluded_folders: [] },
    status: 200,
    reads: ["0.content", "0.metadata.citation.label", "0.metadata.citation.folder"],
  },
  {
    client: "JS SDK assembleContext",
    method: "POST",
    path: "/api/v1/context/assemble",
    headers: JS_SDK,
    body: { query: "whistles", context_budget: 8000 },
    status: 200,
    reads: ["messages.0.content", "estimated_tokens", "conversations_used"],
  },
  {
    client: "VS Code insertContext",
    method: "POST",
    path: "/api/v1/context/assemble",
    headers: JS_SDK,
    body: { query: "whistles", preferred_labels: [], context_budget: 4000 },
    status: 200,
    reads: ["assembled_context", "conversations_used", "tokens_used"],
  },
  {
    client: "JS SDK and Python 0.6 summarize",
    method: "POST",
    path: "/api/v1/summarize",
    body: { conversation_id: "{id}", level: "weekly" },
    status: 200,
    reads: ["conversation_id", "level", "summary", "generated_at"],
  },
  {
    client: "JS SDK summarize, an unknown level",
    method: "POST",
    path: "/api/v1/summarize",
    headers: JS_SDK,
    body: { conversation_id: "{id}", level: "hourly" },
    status: 400,
    reads: ["error", "code"],
  },
  {
    client: "Python 0.5 generate_summary",
    method: "POST",
    path: "/api/v1/conversations/{id}/summary?level=daily",
    status: 200,
    reads: ["summary"],
  },
  {
    client: "JS SDK suggestLabels and autoLabel",
    method: "POST",
    path: "/api/v1/labels/suggest",
    headers: JS_SDK,
    body: { conversation_id: "{id}" },
    status: 200,
    reads: ["conversation_id", "suggestions.0.label", "suggestions.0.confidence"],
  },
  {
    client: "VS Code suggestLabels",
    method: "POST",
    path: "/api/v1/labels/suggest",
    body: { messages: [{ role: "user", content: "The kettle whistles" }], count: 3 },
    status: 200,
    reads: ["suggestions.0.label", "suggestions.0.confidence", "suggestions.0.reasoning"],
  },
  {
    client: "Python SDK 0.5 suggest_labels",
    method: "POST",
    path: "/api/v1/conversations/{id}/suggest-labels",
    status: 200,
    reads: ["suggestions.0.label", "suggestions.0.confidence"],
  },
  {
    client: "Python SDK 0.6 message scoring",
    method: "POST",
    path: "/api/v1/messages/score",
    body: { content: "We decided to buy a new kettle." },
    status: 200,
    reads: ["score", "importance_score", "reasoning"],
  },
  {
    client: "JS SDK getPruningSuggestions",
    method: "POST",
    path: "/api/v1/prune/dry-run",
    headers: JS_SDK,
    body: { threshold_days: 0, importance_threshold: 10 },
    status: 200,
    reads: [
      "suggestions.0.conversation_id",
      "suggestions.0.conversation_label",
      "suggestions.0.last_accessed",
      "suggestions.0.message_count",
      "suggestions.0.token_estimate",
      "suggestions.0.importance_score",
      "suggestions.0.preview",
      "suggestions.0.recommendation",
      "total",
    ],
  },
  {
    client: "Python SDK get_pruning_suggestions",
    method: "GET",
    path: "/api/v1/prune/suggestions?threshold_days=0&importance_threshold=10",
    status: 200,
    reads: ["suggestions.0.conversation_id"],
  },
  {
    client: "JS SDK pruneExecute",
    method: "POST",
    path: "/api/v1/prune/execute",
    headers: JS_SDK,
    body: { conversation_ids: ["{id}"] },
    status: 200,
    reads: ["archived.0"],
  },
];
