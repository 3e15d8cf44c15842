import type { StoredSummary } from "../../core/ports/summary-source.ts";
import type {
  ConversationDay,
  ConversationSummary,
  PeriodSummary,
  Summary,
  SummaryFilter,
  SummarySources,
} from "../../core/ports/summary-store.ts";

const DAY_MS = 86_400_000;
/** Summaries that are read for a few conversations at most. */
export const MOST_STORED = 100;

export interface SummaryRow {
  id: string;
  conversation_id: string | null;
  level: Summary["level"];
  text: string;
  range_start: number;
  range_end: number;
  model: string;
  method: Summary["method"];
  generated_at: number;
  part: number | null;
  messages: number | null;
  sources: string | null;
}

const COLUMNS = `s.id, c.id AS conversation_id, s.level, s.text, s.range_start, s.range_end, s.model,
  s.method, s.generated_at, s.part, s.messages, s.sources`;
const OF_CONVERSATION = `
SELECT ${COLUMNS} FROM conversations c JOIN summaries s ON s.conversation_seq = c.seq
WHERE c.owner = ?1 AND c.id = ?2 AND s.owner = ?1`;
/** Emptied ones have no text; they wait to be made again. */
const LISTED = `
FROM summaries s LEFT JOIN conversations c ON c.seq = s.conversation_seq
WHERE s.owner = ?1 AND s.level IN ('daily', 'weekly', 'monthly') AND s.text <> ''
  AND (?2 = '' OR s.level = ?2) AND (?3 = '' OR c.id = ?3)
  AND s.range_end >= ?4 AND s.range_start <= ?5`;
const REPLACE = `
ON CONFLICT (owner, coalesce(conversation_seq, 0), level, part) WHERE part IS NOT NULL DO UPDATE SET
  id = excluded.id, text = excluded.text, range_start = excluded.range_start,
  range_end = excluded.range_end, model = excluded.model, method = excluded.method,
  generated_at = excluded.generated_at, messages = excluded.messages, sources = excluded.sources`;
const SAVED = `summaries (owner, id, level, text, range_start, range_end, model, method, generated_at,
  part, messages, sources, conversation_seq)`;

/** How an engine says that a column is one of the texts of a parameter. */
export type TextList = (column: string, parameter: string) => string;

/** The statements of both engines, with parameters as SQLite numbers them. */
export function summaryStatements(isOneOf: TextList) {
  return {
    list: `SELECT ${COLUMNS} ${LISTED}
      ORDER BY s.range_end DESC, s.range_start DESC, s.id LIMIT ?6 OFFSET ?7`,
    count: `SELECT count(*) AS total ${LISTED}`,
    find: `${OF_CONVERSATION} AND s.level = ?3 AND s.part = 0`,
    stretches: `${OF_CONVERSATION} AND s.level = 'stretch' ORDER BY s.part`,
    /** The newest of the whole conversation, and its stretches. */
    ofConversations: `
      SELECT ${COLUMNS} FROM conversations c JOIN summaries s ON s.conversation_seq = c.seq
      WHERE c.owner = ?1 AND ${isOneOf("c.id", "?2")} AND s.owner = ?1 AND s.text <> ''
      ORDER BY s.generated_at DESC LIMIT ?3`,
    saveOfConversation: `
      INSERT INTO ${SAVED}
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, seq
      FROM conversations WHERE owner = ?1 AND id = ?12 ${REPLACE}`,
    savePeriod: `
      INSERT INTO ${SAVED} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, ?11, NULL) ${REPLACE}`,
    activeConversations: `SELECT count(*) AS found FROM conversations
      WHERE owner = ?1 AND status = 'active' AND ${isOneOf("id", "?2")}`,
    wholeSummaries: `SELECT count(*) AS found FROM summaries
      WHERE owner = ?1 AND sources <> '' AND ${isOneOf("id", "?2")}`,
    periods: `
      SELECT s.*, NULL AS conversation_id FROM summaries s
      WHERE s.owner = ?1 AND coalesce(s.conversation_seq, 0) = 0 AND s.level = ?2
        AND s.part IS NOT NULL AND (s.part >= ?3 OR s.sources = '')
      ORDER BY s.part`,
    remove: "DELETE FROM summaries WHERE owner = ?1 AND id = ?2",
    days: `
      SELECT c.seq, c.updated_at, c.id AS conversation_id, c.label, m.timestamp / ${DAY_MS} AS day,
        count(m.seq) AS messages, min(m.position) AS first, max(m.position) AS last
      FROM (SELECT seq, id, label, updated_at FROM conversations
        WHERE owner = ?1 AND status = 'active' AND updated_at >= ?2
          AND (updated_at > ?4 OR (updated_at = ?4 AND seq > ?5))
        ORDER BY updated_at, seq LIMIT ?6) c
      LEFT JOIN messages m ON m.conversation_seq = c.seq AND m.timestamp >= ?2 AND m.timestamp < ?3
      GROUP BY c.seq, c.updated_at, c.id, c.label, m.timestamp / ${DAY_MS}
      ORDER BY c.updated_at, c.seq`,
    due: `
      SELECT c.id FROM conversations c
      LEFT JOIN summaries s ON s.owner = c.owner AND coalesce(s.conversation_seq, 0) = c.seq
        AND s.level = ?2 AND s.part = 0
      WHERE c.owner = ?1 AND c.status = 'active' AND c.updated_at >= ?3 AND c.updated_at <= ?4
        AND (c.word_count >= ?5 OR c.message_count >= ?6) AND (s.seq IS NULL OR c.message_count * 10 >= s.messages * 11)
      ORDER BY c.updated_at DESC LIMIT ?7`,
    daysOf: `
      SELECT DISTINCT m.timestamp / ${DAY_MS} AS day
      FROM conversations c JOIN messages m ON m.conversation_seq = c.seq
      WHERE c.owner = ?1 AND ${isOneOf("c.id", "?2")}`,
  };
}

export function filterParameters(
  owner: string,
  { level, conversationId, since, until }: SummaryFilter,
): (string | number)[] {
  return [
    owner,
    level ?? "",
    conversationId ?? "",
    since ?? Number.MIN_SAFE_INTEGER,
    until ?? Number.MAX_SAFE_INTEGER,
  ];
}

/** The first ten parameters of what is saved. */
export function savedParameters(
  owner: string,
  summary: Omit<Summary, "conversationId">,
  part: number,
): (string | number)[] {
  const { id, level, text, since, until, model, method, generatedAt } = summary;
  return [owner, id, level, text, since, until, model, method, generatedAt, part];
}

export function toSummary(row: SummaryRow): Summary {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    level: row.level,
    text: row.text,
    since: row.range_start,
    until: row.range_end,
    model: row.model,
    method: row.method,
    generatedAt: row.generated_at,
  };
}

export function toConversationSummary(row: SummaryRow): ConversationSummary {
  return {
    ...toSummary(row),
    conversationId: row.conversation_id ?? "",
    from: row.part,
    messages: row.messages,
  };
}

export function toPeriodSummary(row: SummaryRow): PeriodSummary {
  const sources = row.sources ? (JSON.parse(row.sources) as SummarySources) : null;
  return { ...toSummary(row), conversationId: null, sources };
}

/** Of each conversation the newest whole summary, and all stretches. */
export function storedSummaries(rows: readonly SummaryRow[]): StoredSummary[] {
  const whole = new Set<string>();
  return rows.flatMap((row) => {
    const conversationId = row.conversation_id ?? "";
    const isWhole = row.level !== "stretch";
    if (isWhole && whole.has(conversationId)) return [];
    if (isWhole) whole.add(conversationId);
    const { id, text, range_start: since, range_end: until } = row;
    return [{ id, conversationId, text, since, until, isWhole }];
  });
}

export interface DayRow {
  seq: number;
  updated_at: number;
  conversation_id: string;
  label: string;
  /** Days since the epoch; null: nothing was said in the range. */
  day: number | null;
  messages: number;
  first: number;
  last: number;
}

/** Where the next page begins: after this update and number. */
export function dayCursor(cursor: string | null): [updatedAt: number, seq: number] {
  if (cursor === null) return [Number.MIN_SAFE_INTEGER, 0];
  const [updatedAt = 0, seq = 0] = cursor.split("/").map(Number);
  return [updatedAt, seq];
}

export function dayPage(
  rows: readonly DayRow[],
  limit: number,
): { items: ConversationDay[]; cursor: string | null } {
  const last = rows.at(-1);
  const isFull = new Set(rows.map(({ seq }) => seq)).size === limit;
  return {
    items: rows.flatMap(({ conversation_id, label, day, messages, first, last }) =>
      day === null
        ? []
        : [{ conversationId: conversation_id, label, day: day * DAY_MS, messages, first, last }],
    ),
    cursor: isFull && last !== undefined ? `${last.updated_at}/${last.seq}` : null,
  };
}

/** Milliseconds since the epoch. */
export function dayStarts(days: readonly { day: number }[]): number[] {
  return days.map(({ day }) => day * DAY_MS);
}
