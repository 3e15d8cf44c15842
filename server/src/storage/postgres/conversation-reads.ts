import type {
  Conversation,
  ConversationFilter,
  Message,
  Owner,
} from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type {
  ConversationCounts,
  ConversationSort,
  MemoryStats,
  Page,
  PageOf,
} from "../../core/ports/conversation-store.ts";
import { ConversationQueries, toCounts, toScanPage } from "../sql/conversation-queries.ts";
import { toConversation, toMessage, uniqueMessages } from "../sql/conversation-rows.ts";
import { POSTGRES_ENGINE } from "../sql/engine.ts";
import { type Session, sqlBuilder } from "./session.ts";

export const queries = new ConversationQueries(sqlBuilder, POSTGRES_ENGINE);

export async function findConversation(
  session: Session,
  owner: Owner,
  id: string,
): Promise<{ seq: number; conversation: Conversation } | null> {
  const row = await session.first(queries.byId(owner, id));
  return row === undefined ? null : { seq: row.seq, conversation: toConversation(row) };
}

export async function requireConversation(
  session: Session,
  owner: Owner,
  id: string,
): Promise<{ seq: number; conversation: Conversation }> {
  const found = await findConversation(session, owner, id);
  if (found === null) throw new SekhaError("not_found", "Conversation not found");
  return found;
}

export async function readMessages(
  session: Session,
  owner: Owner,
  { id, page }: { id: string; page: Page },
): Promise<PageOf<Message>> {
  const { seq, conversation } = await requireConversation(session, owner, id);
  const rows = await session.all(queries.messages(seq, { from: 0, page }));
  return { items: rows.map(toMessage), total: conversation.messageCount };
}

export async function turnsAround(
  session: Session,
  owner: Owner,
  around: { ids: readonly string[]; reach: number },
): Promise<Message[]> {
  return uniqueMessages(await session.all(queries.turnsAround(owner, around)));
}

async function countMatching(
  session: Session,
  owner: Owner,
  filter: ConversationFilter,
): Promise<number> {
  return (await session.first(queries.count(owner, filter)))?.count ?? 0;
}

export async function listConversations(
  session: Session,
  owner: Owner,
  asked: { filter: ConversationFilter; page: Page & { sort?: ConversationSort } },
): Promise<PageOf<Conversation>> {
  const [rows, total] = await Promise.all([
    session.all(queries.list(owner, asked)),
    countMatching(session, owner, asked.filter),
  ]);
  return { items: rows.map(toConversation), total };
}

export async function countConversations(
  session: Session,
  owner: Owner,
  filter: ConversationFilter,
): Promise<ConversationCounts> {
  const [rows, total] = await Promise.all([
    session.all(queries.countsByState(owner, filter)),
    countMatching(session, owner, {}),
  ]);
  return toCounts(rows, total);
}

export async function conversationIds(
  session: Session,
  owner: Owner,
  asked: { filter: ConversationFilter; limit: number },
): Promise<string[]> {
  return (await session.all(queries.ids(owner, asked))).map((row) => row.id);
}

/** Export order is the order of storing; the cursor is the last row's number. */
export async function scanConversations(
  session: Session,
  owner: Owner,
  asked: { filter: ConversationFilter; page: { limit: number; cursor?: string } },
): Promise<{ items: Conversation[]; cursor?: string }> {
  return toScanPage(await session.all(queries.scan(owner, asked)), asked.page.limit);
}

export async function memoryStats(
  session: Session,
  owner: Owner,
  filter: ConversationFilter,
): Promise<MemoryStats> {
  const [sums, ends, conversations, folders, labels, tags] = await Promise.all([
    session.first(queries.sums(owner, filter)),
    session.first(queries.messageTimes(owner, filter)),
    countConversations(session, owner, filter),
    session.all(queries.namedCounts(owner, { filter, column: "folder" })),
    session.all(queries.namedCounts(owner, { filter, column: "label" })),
    session.all(queries.tagCounts(owner, filter)),
  ]);
  return {
    conversations,
    messages: sums?.messages ?? 0,
    words: sums?.words ?? 0,
    averageImportance: sums?.importance ?? 0,
    oldestMessageAt: ends?.oldest ?? null,
    newestMessageAt: ends?.newest ?? null,
    folders,
    labels,
    tags,
  };
}

export async function readMessage(
  session: Session,
  owner: Owner,
  id: string,
): Promise<{ message: Message; conversation: Conversation }> {
  const row = await session.first(queries.messageById(owner, id));
  if (row === undefined) throw new SekhaError("not_found", "Message not found");
  const { conversation } = await requireConversation(session, owner, row.conversation_id);
  return { message: toMessage(row), conversation };
}
