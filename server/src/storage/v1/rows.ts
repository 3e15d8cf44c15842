import type { DatabaseSync } from "node:sqlite";
import type { V1Table, V1Tables } from "./tables.ts";
import type { V1Id, V1Text } from "./values.ts";

export interface V1ConversationRow {
  row: number;
  id: V1Id;
  label: V1Text;
  folder: V1Text;
  status: V1Text;
  importance_score: string | null;
  session_count: string | null;
  created_at: string | null;
  updated_at: string | null;
}

export interface V1MessageRow {
  row: number;
  id: V1Id;
  conversation_id: V1Id;
  role: V1Text;
  content: V1Text;
  timestamp: string | null;
  embedding_id: V1Id;
  metadata: V1Text;
}

export interface V1TagRow {
  row: number;
  id: V1Id;
  conversation_id: V1Id;
  tag: V1Text;
  confidence: string | null;
  extracted_at: string | null;
}

export interface V1SummaryRow {
  row: number;
  id: V1Id;
  conversation_id: V1Id;
  level: V1Text;
  summary_text: V1Text;
  timestamp_range: string | null;
  generated_at: string | null;
  model_used: V1Text;
  token_count: string | null;
}

export interface V1EdgeRow {
  row: number;
  subject_id: V1Text;
  predicate: V1Text;
  object_id: V1Text;
  conversation_id: V1Id;
  extracted_at: string | null;
}

interface Rows {
  conversations: V1ConversationRow;
  messages: V1MessageRow;
  semantic_tags: V1TagRow;
  hierarchical_summaries: V1SummaryRow;
  knowledge_graph_edges: V1EdgeRow;
}

/** How a column is read: an id as it is, text as bytes (SQLite's own reading stops at NUL), else as text. */
const COLUMNS: { [Table in V1Table]: Record<string, "id" | "bytes" | "text"> } = {
  conversations: {
    ...{ id: "id", label: "bytes", folder: "bytes", status: "bytes" },
    ...{ importance_score: "text", session_count: "text" },
    ...{ created_at: "text", updated_at: "text" },
  },
  messages: {
    ...{ id: "id", conversation_id: "id", role: "bytes", content: "bytes", timestamp: "text" },
    ...{ embedding_id: "id", metadata: "bytes" },
  },
  semantic_tags: {
    ...{ id: "id", conversation_id: "id", tag: "bytes", confidence: "text", extracted_at: "text" },
  },
  hierarchical_summaries: {
    ...{ id: "id", conversation_id: "id", level: "bytes", summary_text: "bytes" },
    ...{ timestamp_range: "text", generated_at: "text", model_used: "bytes", token_count: "text" },
  },
  knowledge_graph_edges: {
    ...{ subject_id: "bytes", predicate: "bytes", object_id: "bytes" },
    ...{ conversation_id: "id", extracted_at: "text" },
  },
};

/** All rows of a table, in the order of their writing; none when the file has no such table. */
export function* readRows<Table extends V1Table>(
  database: DatabaseSync,
  tables: V1Tables,
  table: Table,
): Generator<Rows[Table]> {
  const present = tables.columns.get(table);
  if (present === undefined) return;
  const columns = Object.entries(COLUMNS[table]).map(([name, kind]) => {
    if (!present.has(name)) return `NULL AS ${name}`;
    if (kind === "id") return name;
    return `CAST(${name} AS ${kind === "bytes" ? "BLOB" : "TEXT"}) AS ${name}`;
  });
  const statement = database.prepare(
    `SELECT rowid AS row, ${columns.join(", ")} FROM ${table} ORDER BY rowid`,
  );
  yield* statement.iterate() as Iterable<unknown> as Iterable<Rows[Table]>;
}
