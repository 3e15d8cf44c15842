/** How a column's values travel: `big` as text, since money may be more than a number holds exactly. */
export type ColumnKind = "text" | "integer" | "big" | "real" | "bytes";

export interface MigratedTable {
  name: string;
  /** In the order in which their values stand in a row. */
  columns: Readonly<Record<string, ColumnKind>>;
  /** What rows are read in order of; never null, unique, and an index serves it in both engines. */
  key: readonly string[];
  /** A condition that both engines read alike, for what stays behind. */
  only?: string;
}

/** Values in the order of the table's columns. */
export type Value = string | number | null | Uint8Array;
export type Row = readonly Value[];

/** Where the cursor stands in the target; with what a server writes only to see whether it can, it stays behind. */
export const MIGRATION_NOTE = "storage_migration";

/** What an index or a count is derived from these is made by the engine that takes them. */
export const MIGRATED_TABLES: readonly MigratedTable[] = [
  {
    name: "conversations",
    columns: {
      seq: "integer",
      owner: "text",
      id: "text",
      label: "text",
      folder: "text",
      status: "text",
      pinned: "integer",
      importance_score: "real",
      importance_source: "text",
      importance_before_pin: "real",
      judged_messages: "integer",
      facts_messages: "integer",
      created_at: "integer",
      updated_at: "integer",
      message_count: "integer",
      word_count: "integer",
      session_id: "text",
      session_count: "integer",
      metadata: "text",
    },
    key: ["seq"],
  },
  {
    name: "conversation_tags",
    columns: { conversation_seq: "integer", owner: "text", tag: "text" },
    key: ["conversation_seq", "tag"],
  },
  {
    name: "messages",
    columns: {
      seq: "integer",
      owner: "text",
      conversation_seq: "integer",
      position: "integer",
      id: "text",
      role: "text",
      name: "text",
      timestamp: "integer",
      embedding_state: "text",
      import_key: "text",
      text_length: "integer",
      metadata: "text",
      content: "text",
      parts: "text",
    },
    key: ["seq"],
  },
  {
    name: "embedding_models",
    columns: { seq: "integer", id: "text", name: "text", dimension: "integer" },
    key: ["seq"],
  },
  {
    name: "embedding_queue",
    columns: {
      message_seq: "integer",
      owner: "text",
      state: "text",
      attempts: "integer",
      due_at: "integer",
      queued_at: "integer",
      reason: "text",
    },
    key: ["message_seq"],
  },
  {
    name: "vectors",
    columns: {
      seq: "integer",
      owner: "text",
      model_seq: "integer",
      message_seq: "integer",
      conversation_seq: "integer",
      chunk: "integer",
      start_offset: "integer",
      end_offset: "integer",
      vector: "bytes",
    },
    key: ["seq"],
  },
  {
    name: "summaries",
    columns: {
      seq: "integer",
      owner: "text",
      conversation_seq: "integer",
      level: "text",
      text: "text",
      range_start: "integer",
      range_end: "integer",
      model: "text",
      generated_at: "integer",
      id: "text",
      method: "text",
      part: "integer",
      messages: "integer",
      sources: "text",
    },
    key: ["seq"],
  },
  {
    name: "facts",
    columns: {
      seq: "integer",
      owner: "text",
      message_seq: "integer",
      subject: "text",
      subject_key: "text",
      attribute: "text",
      value: "text",
      model: "text",
    },
    key: ["seq"],
  },
  {
    name: "import_ledger",
    columns: {
      owner: "text",
      source: "text",
      external_id: "text",
      conversation_seq: "integer",
      imported_at: "integer",
    },
    key: ["owner", "source", "external_id"],
  },
  {
    name: "idempotency_keys",
    columns: {
      owner: "text",
      key: "text",
      body_hash: "text",
      conversation_id: "text",
      response: "text",
      created_at: "integer",
    },
    key: ["owner", "key"],
  },
  {
    name: "api_keys",
    columns: {
      id: "text",
      owner: "text",
      name: "text",
      prefix: "text",
      hash: "text",
      scopes: "text",
      created_at: "integer",
      expires_at: "integer",
      rotated_at: "integer",
      previous_hash: "text",
      previous_until: "integer",
      last_used_at: "integer",
      revoked_at: "integer",
    },
    key: ["id"],
  },
  {
    name: "settings",
    columns: { owner: "text", key: "text", value: "text" },
    key: ["owner", "key"],
    only: `key NOT IN ('${MIGRATION_NOTE}', 'heartbeat')`,
  },
  {
    name: "jobs",
    columns: {
      id: "text",
      owner: "text",
      kind: "text",
      state: "text",
      done: "integer",
      total: "integer",
      detail: "text",
      error: "text",
      created_at: "integer",
      updated_at: "integer",
    },
    key: ["id"],
  },
  {
    name: "costs",
    columns: {
      owner: "text",
      day: "text",
      provider: "text",
      model: "text",
      task: "text",
      key: "text",
      nano: "big",
      requests: "integer",
      unpriced: "integer",
      prompt_tokens: "integer",
      completion_tokens: "integer",
      cached_tokens: "integer",
    },
    key: ["owner", "day", "provider", "model", "task", "key"],
  },
  {
    name: "cost_leases",
    columns: {
      owner: "text",
      id: "text",
      day: "text",
      provider: "text",
      model: "text",
      task: "text",
      key: "text",
      nano: "big",
    },
    key: ["owner", "id"],
  },
];

/** The value of one column of a row. */
export function columnValue(table: MigratedTable, row: Row, column: string): Value {
  return row[Object.keys(table.columns).indexOf(column)] ?? null;
}
