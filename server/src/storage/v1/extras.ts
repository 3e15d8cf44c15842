import type { JsonObject, JsonValue, Owner } from "../../core/conversations/conversation.ts";
import { readTimestamp } from "../../core/transfer/timestamp.ts";
import type { Connection } from "../sqlite/connection.ts";
import { KEPT_KEY } from "./mapping.ts";
import { readRows, type V1SummaryRow } from "./rows.ts";
import type { V1Source } from "./source.ts";
import { readId, readText, type V1Text } from "./values.ts";

interface ExtrasOptions {
  source: V1Source;
  connection: Connection;
  owner: Owner;
  /** Where a conversation is now; null when its rows are not to be touched. */
  target: (id: string) => { seq: number } | null;
  /** Milliseconds since the epoch, for a summary without a time. */
  now: number;
}

const INSERT_SUMMARY = `
INSERT INTO summaries (owner, conversation_seq, level, text, range_start, range_end, model, generated_at, id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_TAG = `
INSERT INTO conversation_tags (conversation_seq, owner, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`;

/**
 * Summaries and tags get their places, the knowledge graph has none: what is left of each row is kept in its
 * conversation's metadata. Answers how many summaries were written.
 */
export function writeExtras(options: ExtrasOptions): number {
  writeTags(options);
  writeEdges(options);
  return writeSummaries(options);
}

function textOf(bytes: V1Text): string {
  return readText(bytes ?? new Uint8Array()).text;
}

function writeTags({ source, connection, owner, target }: ExtrasOptions): void {
  for (const row of readRows(source.database, source.tables, "semantic_tags")) {
    const place = target(readId(row.conversation_id).id);
    if (place === null) continue;
    const tag = textOf(row.tag);
    connection.execute(INSERT_TAG, [place.seq, owner, tag]);
    const { confidence, extracted_at } = row;
    keep(connection, place.seq, { tags: { tag, confidence, extracted_at } });
  }
}

function writeEdges({ source, connection, target }: ExtrasOptions): void {
  for (const row of readRows(source.database, source.tables, "knowledge_graph_edges")) {
    const place = target(readId(row.conversation_id).id);
    if (place === null) continue;
    const edge = {
      subject_id: textOf(row.subject_id),
      predicate: textOf(row.predicate),
      object_id: textOf(row.object_id),
      extracted_at: row.extracted_at,
    };
    keep(connection, place.seq, { knowledge_graph_edges: edge });
  }
}

function writeSummaries(options: ExtrasOptions): number {
  const { source, connection, owner, target, now } = options;
  let written = 0;
  for (const row of readRows(source.database, source.tables, "hierarchical_summaries")) {
    const place = target(readId(row.conversation_id).id);
    if (place === null) continue;
    const { level, text, start, end, model, generated } = mapSummary(row, now);
    const { id } = readId(row.id);
    connection.execute(INSERT_SUMMARY, [
      ...[owner, place.seq, level, text],
      ...[start, end, model, generated, id],
    ]);
    const { timestamp_range, generated_at, token_count } = row;
    const summary = { id, timestamp_range, generated_at, token_count };
    keep(connection, place.seq, { summaries: summary });
    written += 1;
  }
  return written;
}

export interface MappedSummary {
  level: string;
  text: string;
  /** Milliseconds since the epoch, as the following. */
  start: number;
  end: number;
  model: string;
  generated: number;
}

const TIMES = /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g;

/** Version 1 never settled on a form for the range: the first and last time in it count, else the time of writing. */
export function mapSummary(row: V1SummaryRow, now: number): MappedSummary {
  const generated =
    (row.generated_at === null ? undefined : readTimestamp(row.generated_at)) ?? now;
  const times = [...(row.timestamp_range ?? "").matchAll(TIMES)]
    .map(([time]) => readTimestamp(time))
    .filter((time) => time !== undefined);
  return {
    level: textOf(row.level),
    text: textOf(row.summary_text),
    start: times.length === 0 ? generated : Math.min(...times),
    end: times.length === 0 ? generated : Math.max(...times),
    model: textOf(row.model_used),
    generated,
  };
}

/** Adds a value to the list of its name below metadata's `sekha_v1`. */
function keep(connection: Connection, seq: number, named: JsonObject): void {
  const [row] = connection.rows<{ metadata: string }>(
    "SELECT metadata FROM conversations WHERE seq = ?",
    [seq],
  );
  const metadata = JSON.parse(row?.metadata ?? "{}") as JsonObject;
  const kept = { ...((metadata[KEPT_KEY] ?? {}) as { [key: string]: JsonValue }) };
  for (const [list, value] of Object.entries(named)) {
    kept[list] = [...((kept[list] ?? []) as JsonValue[]), value];
  }
  connection.execute("UPDATE conversations SET metadata = ? WHERE seq = ?", [
    JSON.stringify({ ...metadata, [KEPT_KEY]: kept }),
    seq,
  ]);
}
