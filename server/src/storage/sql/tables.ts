import type { Generated } from "kysely";

export interface ConversationsTable {
  seq: Generated<number>;
  owner: string;
  id: string;
  label: string;
  folder: string;
  status: "active" | "archived";
  pinned: number;
  importance_score: number;
  importance_source: "default" | "heuristic" | "model" | "user";
  importance_before_pin: number | null;
  judged_messages: Generated<number>;
  facts_messages: Generated<number>;
  created_at: number;
  updated_at: number;
  message_count: number;
  word_count: number;
  session_id: string | null;
  session_count: number;
  metadata: string;
}

export interface ConversationTagsTable {
  conversation_seq: number;
  owner: string;
  tag: string;
}

export interface MessagesTable {
  seq: Generated<number>;
  owner: string;
  conversation_seq: number;
  position: number;
  id: string;
  role: string;
  name: string | null;
  timestamp: number;
  unspaced: number;
  embedding_state: "pending" | "embedded" | "failed" | "none";
  import_key: string | null;
  text_length: number;
  metadata: string;
  content: string;
  parts: string | null;
}

export interface EmbeddingModelsTable {
  seq: Generated<number>;
  id: string;
  name: string;
  dimension: number;
}

export interface EmbeddingQueueTable {
  message_seq: number;
  owner: string;
  state: "pending" | "claimed" | "parked";
  attempts: number;
  due_at: number;
  queued_at: number;
  reason: string | null;
}

export interface VectorsTable {
  seq: Generated<number>;
  owner: string;
  model_seq: number;
  message_seq: number;
  conversation_seq: number;
  chunk: number;
  start_offset: number;
  end_offset: number;
  vector: Uint8Array;
}

export interface ImportLedgerTable {
  owner: string;
  source: string;
  external_id: string;
  conversation_seq: number;
  imported_at: number;
}

export interface IdempotencyKeysTable {
  owner: string;
  key: string;
  body_hash: string;
  conversation_id: string;
  response: string;
  created_at: number;
}

export interface ApiKeysTable {
  id: string;
  owner: string;
  name: string;
  prefix: string;
  hash: string;
  scopes: Generated<string>;
  created_at: number;
  expires_at: number | null;
  rotated_at: number | null;
  previous_hash: string | null;
  previous_until: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface JobsTable {
  id: string;
  owner: string;
  kind: "rebuild_embeddings" | "import" | "prune";
  state: "queued" | "running" | "done" | "failed";
  done: number;
  total: number;
  detail: string;
  error: string | null;
  created_at: number;
  updated_at: number;
}

export interface SettingsTable {
  owner: string;
  key: string;
  value: string;
}

export interface CostsTable {
  owner: string;
  day: string;
  provider: string;
  model: string;
  task: string;
  key: string;
  nano: bigint;
  requests: number;
  unpriced: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
}

export interface CostLeasesTable {
  owner: string;
  id: string;
  day: string;
  provider: string;
  model: string;
  task: string;
  key: string;
  nano: bigint;
}

export interface CostWritersTable {
  writer: string;
  number: number;
}

/** The schema as both engines have it; times are milliseconds since the epoch, JSON is text. */
export interface Tables {
  conversations: ConversationsTable;
  conversation_tags: ConversationTagsTable;
  messages: MessagesTable;
  embedding_models: EmbeddingModelsTable;
  embedding_queue: EmbeddingQueueTable;
  vectors: VectorsTable;
  import_ledger: ImportLedgerTable;
  idempotency_keys: IdempotencyKeysTable;
  api_keys: ApiKeysTable;
  jobs: JobsTable;
  settings: SettingsTable;
  costs: CostsTable;
  cost_leases: CostLeasesTable;
  cost_writers: CostWritersTable;
}
