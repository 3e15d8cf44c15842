import type { ControllerRoutes } from "@sekha/sdk/contract";
import type { Tenant } from "./tenant-world.ts";
import type { Trespass, Trespasses } from "./trespass.ts";

const MESSAGES = [{ role: "user", content: "an intruder was here" }];
const intruder = { label: "Intruder", messages: MESSAGES };

/** A route of one conversation: unknown where it is the victim's, the caller's own where both have it. */
function ofConversation(...bodies: unknown[]): Trespass {
  return {
    params: ({ conversations }) => conversations,
    shared: ({ shared }) => shared,
    ...(bodies.length === 0 ? {} : { bodies: () => bodies }),
    status: 404,
  };
}

/** Every filter that would find what the victim has; the first two find one's own as well. */
export function filters({ word, conversations }: Tenant): string[] {
  const id = conversations[0] ?? "";
  return [
    "",
    "?status=all&limit=1000",
    `?folder=${encodeURIComponent(`/private/${word}`)}&status=all`,
    `?label=${encodeURIComponent(`Secret ${word}`)}&status=all`,
    `?label_contains=${word}&status=all`,
    `?tags=${word}&status=all`,
    `?id_prefix=${id.slice(0, 8)}&status=all`,
    `?session_id=session-${word}&status=all`,
  ];
}

function searches({ word, conversations }: Tenant): unknown[] {
  const query = `what about ${word}`;
  const modes = ["hybrid", "semantic", "keyword"].map((mode) => ({ query, mode, neighbours: 3 }));
  return [
    ...modes,
    { query, group_by: "conversation", include_archived: true },
    { query: word, filters: { conversation_ids: conversations }, status: "all" },
    { query: word, folder: `/private/${word}`, tags: [word], session_id: `session-${word}` },
  ];
}

function toolSearches({ word }: Tenant): unknown[] {
  const query = `what about ${word}`;
  return [
    { query, include_archived: true },
    { query: word, folder: `/private/${word}`, tags: [word], filter_labels: [`Secret ${word}`] },
  ];
}

/** A tool on one conversation that is the victim's. */
function ofConversations(more: object = {}): Trespass {
  return {
    bodies: ({ conversations }) =>
      conversations.map((conversation_id) => ({ conversation_id, ...more })),
    status: 404,
  };
}

const READS: Trespass = { status: 200 };
const FORBIDDEN: Trespass = { status: 403 };

/** What somebody tries who wants to read, change or count what is not his; `victim` is whose. */
export const CONTROLLER_TRESPASSES: Trespasses<ControllerRoutes> = {
  createConversation: {
    // The victim's own idempotency key and names: what comes back must be the intruder's conversation.
    headers: ({ name }) => ({ "Idempotency-Key": `key of ${name}` }),
    bodies: () => [{ ...intruder, folder: "/both", tags: ["both"], session_id: "session" }],
    status: 201,
  },
  createConversations: { bodies: () => [{ conversations: [intruder] }], status: 201 },
  listConversations: { queries: filters, status: 200 },
  countConversations: {
    queries: filters,
    echoed: /"(?:label|folder)":"[^"]*"/g,
    status: 200,
  },
  deleteConversations: {
    bodies: ({ conversations }) => [{ ids: conversations }],
    status: 200,
  },
  getConversation: ofConversation(),
  updateConversation: ofConversation({ label: "mine now", folder: "/mine", tags: ["mine"] }),
  patchConversation: ofConversation({ label: "mine now" }, { metadata: { mine: true } }),
  deleteConversation: ofConversation(),
  listMessages: { ...ofConversation(), queries: () => ["", "?limit=1000"] },
  appendMessages: ofConversation({ messages: MESSAGES }),
  setLabel: ofConversation({ label: "mine now" }, { folder: "/mine" }),
  setFolder: ofConversation({ folder: "/mine" }),
  pin: ofConversation(),
  unpin: ofConversation(),
  archive: ofConversation(),
  unarchive: ofConversation(),
  setStatus: ofConversation({ status: "archived" }, { status: "pinned" }),
  setImportance: ofConversation({ importance_score: 1 }),
  setTags: ofConversation({ tags: ["mine"] }),
  addTags: ofConversation({ tags: ["mine"] }),
  removeTags: ofConversation({ tags: ["both"] }),
  listLabels: READS,
  suggestLabels: {
    bodies: ({ conversations }) => conversations.map((conversation_id) => ({ conversation_id })),
    status: 404,
  },
  suggestLabelsById: ofConversation({ count: 3 }),
  autoLabel: {
    bodies: ({ conversations }) =>
      conversations.map((conversation_id) => ({ conversation_id, threshold: 0, force: true })),
    status: 404,
  },
  autoLabelById: ofConversation({ threshold: 0, force: true }),
  scoreMessage: { params: ({ messages }) => messages, status: 404 },
  scoreText: {
    bodies: ({ messages }) => messages.map((message_id) => ({ message_id })),
    status: 404,
  },
  listFolders: READS,
  listTags: READS,
  stats: { queries: filters, status: 200 },
  search: { bodies: searches, status: 200 },
  searchFullText: {
    bodies: ({ word, conversations }) => [
      { query: word },
      { query: `${word.slice(0, 5)}*` },
      { query: `"about ${word}" OR ${word}` },
      { query: word, conversation_ids: conversations, status: "all" },
      { query: `owner:${word} OR content:${word}` },
    ],
    status: 200,
  },
  assembleContext: {
    bodies: ({ word, conversations, shared }) => [
      { query: `what about ${word}`, explain: true },
      { query: word, preferred_labels: [`Secret ${word}`], context_budget: 100_000 },
      ...[...conversations, ...shared].map((id) => ({ query: word, conversation_id: id })),
    ],
    status: 200,
  },
  suggestPruning: {
    bodies: ({ word }) => [
      { threshold_days: 0, importance_threshold: 10, limit: 200 },
      { threshold_days: 0, importance_threshold: 10, folder: `/private/${word}` },
    ],
    status: 200,
  },
  listPruneSuggestions: {
    queries: () => ["?threshold_days=0&importance_threshold=10&limit=200"],
    status: 200,
  },
  executePruning: {
    bodies: ({ conversations }) =>
      ["archive", "delete"].map((action) => ({ conversation_ids: conversations, action })),
    status: 404,
  },
  undoPruning: { bodies: ({ jobs }) => jobs.map((run_id) => ({ run_id })), status: 404 },
  listPruneRuns: READS,
  summarizeConversation: {
    bodies: ({ conversations }) => conversations.map((conversation_id) => ({ conversation_id })),
    status: 404,
  },
  summarizeConversationById: ofConversation(),
  listSummaries: {
    queries: ({ conversations }) => ["", ...conversations.map((id) => `?conversation_id=${id}`)],
    status: 200,
  },
  listFacts: {
    queries: ({ word, conversations }) => [
      "",
      `?subject=${encodeURIComponent(word)}`,
      ...conversations.map((id) => `?conversation_id=${id}`),
    ],
    status: 200,
  },
  listMemoryTools: READS,
  memory_store: { bodies: () => [{ ...intruder, folder: "/both", tags: ["both"] }], status: 200 },
  memory_search: { bodies: toolSearches, echoed: /"query":"[^"]*"/g, status: 200 },
  memory_update: ofConversations({ label: "mine now", status: "archived" }),
  memory_get_context: ofConversations(),
  memory_prune: {
    bodies: ({ word }) => [
      { threshold_days: 0, importance_threshold: 10, limit: 200 },
      { threshold_days: 0, importance_threshold: 10, folder: `/private/${word}` },
    ],
    status: 200,
  },
  memory_export: ofConversations({ format: "markdown" }),
  memory_stats: {
    bodies: ({ word }) => [{}, { folder: `/private/${word}` }, { label: `Secret ${word}` }],
    status: 200,
  },
  memory_assemble: {
    bodies: ({ word, conversations }) => [
      {
        query: `what about ${word}`,
        preferred_labels: [`Secret ${word}`],
        context_budget: 100_000,
      },
      ...conversations.map((conversation_id) => ({ query: word, conversation_id })),
    ],
    status: 200,
  },
  memory_append: ofConversations({ messages: MESSAGES }),
  memory_pin: ofConversations(),
  llm_status: { bodies: () => [{}], status: 200 },
  llm_routing: { bodies: () => [{ task: "embedding" }], status: 200 },
  embeddingsStatus: READS,
  retryEmbeddings: READS,
  rebuildEmbeddings: { bodies: () => [{ force: true }], status: 202 },
  import: {
    // The victim's export under its own ids, with other words.
    queries: () => ["", "?wait=true&folder=/both"],
    upload: ({ exported, word }) => exported.replaceAll(word, "overwritten"),
    status: 200,
  },
  export: {
    queries: (victim) => [...filters(victim), "?format=markdown&status=all"],
    status: 200,
  },
  exportByBody: {
    bodies: ({ word }) => [{ status: "all" }, { label: `Secret ${word}` }],
    status: 200,
  },
  backup: FORBIDDEN,
  getJob: { params: ({ jobs }) => jobs, status: 404 },
  listJobs: READS,
  health: READS,
  metrics: FORBIDDEN,
  version: READS,
  openApi: READS,
  docs: READS,
  validateConfig: { upload: () => "server:\n  port: 1\n", status: 403 },
  whoami: { status: 200 },
  listKeys: { status: 200 },
  createKey: {
    bodies: ({ name }) => [
      { name: "spare", user: name },
      { name: "stronger", scopes: ["read", "write", "admin"] },
    ],
    status: 403,
  },
  rotateKey: {
    params: ({ keyId, keyName }) => [keyId, keyName],
    bodies: () => [{ grace_seconds: 60 }],
    status: 404,
  },
  revokeKey: { params: ({ keyId, keyName }) => [keyId, keyName], status: 404 },
  listUsers: FORBIDDEN,
  eraseUser: {
    params: ({ name }) => [name],
    queries: ({ name }) => ["", `?confirm=${name}`],
    status: 403,
  },
};
