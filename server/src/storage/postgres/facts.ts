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
import { numbered } from "./numbered-parameters.ts";
import type { Session } from "./session.ts";

const SQL = numbered(
  factStatements((column, parameter) => `${column} = ANY(${parameter}::text[])`),
);

export async function listFacts(
  session: Session,
  owner: Owner,
  { filter, page }: { filter: FactFilter; page: Page },
): Promise<PageOf<Fact>> {
  const parameters = factFilterParameters(owner, filter);
  const rows = await session.rows<FactRow>(SQL.list, [...parameters, page.limit, page.offset]);
  const [count] = await session.rows<{ total: number }>(SQL.count, parameters);
  return { items: rows.map(toFact), total: count?.total ?? 0 };
}

export async function factsOfMessages(
  session: Session,
  owner: Owner,
  ids: readonly string[],
): Promise<MessageFact[]> {
  return (await session.rows<FactRow>(SQL.ofMessages, [owner, [...ids]])).map(toMessageFact);
}

export async function unreadForFacts(
  session: Session,
  { quietBefore, limit }: { quietBefore: number; limit: number },
): Promise<UnreadConversation[]> {
  return (await session.rows<UnreadRow>(SQL.unread, [quietBefore, limit])).map(toUnread);
}

export async function saveFacts(
  session: Session,
  owner: Owner,
  { id, read }: { id: string; read: ReadFacts },
): Promise<boolean> {
  const { from, to, model, facts } = read;
  if ((await session.execute(SQL.noteRead, [owner, id, from, to])) === 0) return false;
  for (const fact of facts) {
    await session.execute(SQL.insert, insertedParameters(owner, id, { fact, model }));
  }
  return true;
}
