import type { Owner } from "../../core/conversations/conversation.ts";
import type { Page, PageOf } from "../../core/ports/conversation-store.ts";
import type { StoredSummary } from "../../core/ports/summary-source.ts";
import type {
  ConversationDay,
  ConversationSummary,
  PeriodSummary,
  Summary,
  SummaryFilter,
  SummaryLevel,
  SummaryStore,
} from "../../core/ports/summary-store.ts";
import {
  type DayRow,
  dayCursor,
  dayPage,
  dayStarts,
  filterParameters,
  MOST_STORED,
  type SummaryRow,
  savedParameters,
  storedSummaries,
  summaryStatements,
  toConversationSummary,
  toPeriodSummary,
  toSummary,
} from "../sql/summary-queries.ts";
import type { Connection } from "./connection.ts";

type Argument<Method extends keyof SummaryStore> = Parameters<SummaryStore[Method]>;

const SQL = summaryStatements(
  (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
);
/** Days begin at multiples of a day and so do periods. */
const EMPTY = `
UPDATE summaries SET text = '', sources = ''
WHERE owner = ?1 AND coalesce(conversation_seq, 0) = 0 AND part IS NOT NULL AND EXISTS (
  SELECT 1 FROM json_each(?2) day WHERE day.value >= range_start AND day.value < range_end)`;

export function listSummaries(
  connection: Connection,
  owner: Owner,
  { filter, page }: { filter: SummaryFilter; page: Page },
): PageOf<Summary> {
  const parameters = filterParameters(owner, filter);
  const rows = connection.rows<SummaryRow>(SQL.list, [...parameters, page.limit, page.offset]);
  const [count] = connection.rows<{ total: number }>(SQL.count, parameters);
  return { items: rows.map(toSummary), total: count?.total ?? 0 };
}

export function findSummary(
  connection: Connection,
  owner: Owner,
  { id, level }: { id: string; level: SummaryLevel },
): ConversationSummary | null {
  const [row] = connection.rows<SummaryRow>(SQL.find, [owner, id, level]);
  return row === undefined ? null : toConversationSummary(row);
}

export function stretchesOf(
  connection: Connection,
  owner: Owner,
  id: string,
): ConversationSummary[] {
  return connection.rows<SummaryRow>(SQL.stretches, [owner, id]).map(toConversationSummary);
}

export function summariesOfConversations(
  connection: Connection,
  owner: Owner,
  ids: readonly string[],
): StoredSummary[] {
  const parameters = [owner, JSON.stringify(ids), MOST_STORED];
  return storedSummaries(connection.rows<SummaryRow>(SQL.ofConversations, parameters));
}

export function saveConversationSummary(
  connection: Connection,
  owner: Owner,
  summary: Argument<"saveOfConversation">[1],
): boolean {
  const { from, messages, conversationId } = summary;
  const parameters = [...savedParameters(owner, summary, from), messages, conversationId];
  return connection.execute(SQL.saveOfConversation, parameters).changes > 0;
}

export function periodSummaries(
  connection: Connection,
  owner: Owner,
  { level, since }: { level: SummaryLevel; since: number },
): PeriodSummary[] {
  return connection.rows<SummaryRow>(SQL.periods, [owner, level, since]).map(toPeriodSummary);
}

export function savePeriodSummary(
  connection: Connection,
  owner: Owner,
  summary: Argument<"savePeriod">[1],
): boolean {
  const { level, sources, since } = summary;
  const ids = Object.keys(sources);
  const statement = level === "daily" ? SQL.activeConversations : SQL.wholeSummaries;
  const [row] = connection.rows<{ found: number }>(statement, [owner, JSON.stringify(ids)]);
  if (row?.found !== ids.length) return false;
  const parameters = [...savedParameters(owner, summary, since), JSON.stringify(sources)];
  connection.execute(SQL.savePeriod, parameters);
  return true;
}

export function removeSummary(connection: Connection, owner: Owner, id: string): void {
  connection.execute(SQL.remove, [owner, id]);
}

export function conversationDays(
  connection: Connection,
  owner: Owner,
  { range, page }: { range: Argument<"days">[1]; page: Argument<"days">[2] },
): { items: ConversationDay[]; cursor: string | null } {
  const { limit, cursor } = page;
  const parameters = [owner, range.since, range.until, ...dayCursor(cursor), limit];
  return dayPage(connection.rows<DayRow>(SQL.days, parameters), limit);
}

export function dueForSummary(
  connection: Connection,
  owner: Owner,
  wanted: Argument<"due">[1],
): string[] {
  const { level, since, quietBefore, words, messages, limit } = wanted;
  const parameters = [owner, level, since, quietBefore, words, messages, limit];
  return connection.rows<{ id: string }>(SQL.due, parameters).map(({ id }) => id);
}

/** Before a conversation is deleted: takes the text of periods in which it spoke. */
export function emptyPeriodsOf(connection: Connection, owner: Owner, id: string): void {
  const days = connection.rows<{ day: number }>(SQL.daysOf, [owner, JSON.stringify([id])]);
  if (days.length > 0) connection.execute(EMPTY, [owner, JSON.stringify(dayStarts(days))]);
}
