import type { Owner } from "../../core/conversations/conversation.ts";
import type { Page, PageOf } from "../../core/ports/conversation-store.ts";
import type {
  Fact,
  FactFilter,
  MessageFact,
  ReadFacts,
  UnreadConversation,
} from "../../core/ports/fact-store.ts";
import {
  type FactRow,
  factFilterParameters,
  factStatements,
  insertedParameters,
  toFact,
  toMessageFact,
  toUnread,
  type UnreadRow,
} from "../sql/fact-queries.ts";
import type { Connection } from "./connection.ts";

const SQL = factStatements(
  (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
);

export function listFacts(
  connection: Connection,
  owner: Owner,
  { filter, page }: { filter: FactFilter; page: Page },
): PageOf<Fact> {
  const parameters = factFilterParameters(owner, filter);
  const rows = connection.rows<FactRow>(SQL.list, [...parameters, page.limit, page.offset]);
  const [count] = connection.rows<{ total: number }>(SQL.count, parameters);
  return { items: rows.map(toFact), total: count?.total ?? 0 };
}

export function factsOfMessages(
  connection: Connection,
  owner: Owner,
  ids: readonly string[],
): MessageFact[] {
  return connection.rows<FactRow>(SQL.ofMessages, [owner, JSON.stringify(ids)]).map(toMessageFact);
}

export function unreadForFacts(
  connection: Connection,
  { quietBefore, limit }: { quietBefore: number; limit: number },
): UnreadConversation[] {
  return connection.rows<UnreadRow>(SQL.unread, [quietBefore, limit]).map(toUnread);
}

export function saveFacts(
  connection: Connection,
  owner: Owner,
  { id, read }: { id: string; read: ReadFacts },
): boolean {
  const { from, to, model, facts } = read;
  if (connection.execute(SQL.noteRead, [owner, id, from, to]).changes === 0) return false;
  for (const fact of facts) {
    connection.execute(SQL.insert, insertedParameters(owner, id, { fact, model }));
  }
  return true;
}
