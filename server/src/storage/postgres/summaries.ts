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
import { numbered } from "./numbered-parameters.ts";
import type { Session } from "./session.ts";

type Argument<Method extends keyof SummaryStore> = Parameters<SummaryStore[Method]>;

const SQL = numbered(
  summaryStatements((column, parameter) => `${column} = ANY(${parameter}::text[])`),
);
/** Days begin at multiples of a day and so do periods. */
const EMPTY = `
UPDATE summaries SET text = '', sources = ''
WHERE owner = $1 AND coalesce(conversation_seq, 0) = 0 AND part IS NOT NULL AND EXISTS (
  SELECT 1 FROM unnest($2::bigint[]) AS days (day) WHERE day >= range_start AND day < range_end)`;
/** A period is not saved while something it was made from is being deleted. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('summaries of ' || $1, 0))";

export async function listSummaries(
  session: Session,
  owner: Owner,
  { filter, page }: { filter: SummaryFilter; page: Page },
): Promise<PageOf<Summary>> {
  const parameters = filterParameters(owner, filter);
  const rows = await session.rows<SummaryRow>(SQL.list, [...parameters, page.limit, page.offset]);
  const [count] = await session.rows<{ total: number }>(SQL.count, parameters);
  return { items: rows.map(toSummary), total: count?.total ?? 0 };
}

export async function findSummary(
  session: Session,
  owner: Owner,
  { id, level }: { id: string; level: SummaryLevel },
): Promise<ConversationSummary | null> {
  const [row] = await session.rows<SummaryRow>(SQL.find, [owner, id, level]);
  return row === undefined ? null : toConversationSummary(row);
}

export async function stretchesOf(
  session: Session,
  owner: Owner,
  id: string,
): Promise<ConversationSummary[]> {
  const rows = await session.rows<SummaryRow>(SQL.stretches, [owner, id]);
  return rows.map(toConversationSummary);
}

export async function summariesOfConversations(
  session: Session,
  owner: Owner,
  ids: readonly string[],
): Promise<StoredSummary[]> {
  const parameters = [owner, [...ids], MOST_STORED];
  return storedSummaries(await session.rows<SummaryRow>(SQL.ofConversations, parameters));
}

export async function saveConversationSummary(
  session: Session,
  owner: Owner,
  summary: Argument<"saveOfConversation">[1],
): Promise<boolean> {
  const { from, messages, conversationId } = summary;
  const parameters = [...savedParameters(owner, summary, from), messages, conversationId];
  return (await session.execute(SQL.saveOfConversation, parameters)) > 0;
}

export async function periodSummaries(
  session: Session,
  owner: Owner,
  { level, since }: { level: SummaryLevel; since: number },
): Promise<PeriodSummary[]> {
  const rows = await session.rows<SummaryRow>(SQL.periods, [owner, level, since]);
  return rows.map(toPeriodSummary);
}

export async function savePeriodSummary(
  session: Session,
  owner: Owner,
  summary: Argument<"savePeriod">[1],
): Promise<boolean> {
  const { level, sources, since } = summary;
  await session.rows(LOCK, [owner]);
  const ids = Object.keys(sources);
  const statement = level === "daily" ? SQL.activeConversations : SQL.wholeSummaries;
  const [row] = await session.rows<{ found: number }>(statement, [owner, ids]);
  if (row?.found !== ids.length) return false;
  const parameters = [...savedParameters(owner, summary, since), JSON.stringify(sources)];
  await session.execute(SQL.savePeriod, parameters);
  return true;
}

export async function removeSummary(session: Session, owner: Owner, id: string): Promise<void> {
  await session.execute(SQL.remove, [owner, id]);
}

export async function conversationDays(
  session: Session,
  owner: Owner,
  { range, page }: { range: Argument<"days">[1]; page: Argument<"days">[2] },
): Promise<{ items: ConversationDay[]; cursor: string | null }> {
  const { limit, cursor } = page;
  const parameters = [owner, range.since, range.until, ...dayCursor(cursor), limit];
  return dayPage(await session.rows<DayRow>(SQL.days, parameters), limit);
}

export async function dueForSummary(
  session: Session,
  owner: Owner,
  wanted: Argument<"due">[1],
): Promise<string[]> {
  const { level, since, quietBefore, words, messages, limit } = wanted;
  const parameters = [owner, level, since, quietBefore, words, messages, limit];
  return (await session.rows<{ id: string }>(SQL.due, parameters)).map(({ id }) => id);
}

/** Before conversations are deleted: takes the text of periods in which they spoke. */
export async function emptyPeriodsOf(
  session: Session,
  owner: Owner,
  ids: readonly string[],
): Promise<void> {
  await session.rows(LOCK, [owner]);
  const days = await session.rows<{ day: number }>(SQL.daysOf, [owner, [...ids]]);
  if (days.length > 0) await session.execute(EMPTY, [owner, dayStarts(days)]);
}
