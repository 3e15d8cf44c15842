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
import { SQLITE_ENGINE } from "../sql/engine.ts";
import type { Connection } from "./connection.ts";
import { requireConversation } from "./conversation-writes.ts";

function queries(connection: Connection): ConversationQueries {
  return new ConversationQueries(connection.sql, SQLITE_ENGINE);
}

export function readMessages(
  connection: Connection,
  owner: Owner,
  { id, page }: { id: string; page: Page },
): PageOf<Message> {
  const { seq, conversation } = requireConversation(connection, owner, id);
  const rows = connection.all(queries(connection).messages(seq, { from: 0, page }));
  return { items: rows.map(toMessage), total: conversation.messageCount };
}

export function turnsAround(
  connection: Connection,
  owner: Owner,
  { ids, reach }: { ids: readonly string[]; reach: number },
): Message[] {
  const sql = connection.compiledOnce("turns around", () =>
    queries(connection).turnsAround(owner, { ids, reach }),
  );
  return uniqueMessages(connection.rows(sql, [owner, JSON.stringify(ids), reach, reach]));
}

function countMatching(connection: Connection, owner: Owner, filter: ConversationFilter): number {
  return connection.first(queries(connection).count(owner, filter))?.count ?? 0;
}

export function listConversations(
  connection: Connection,
  owner: Owner,
  asked: { filter: ConversationFilter; page: Page & { sort?: ConversationSort } },
): PageOf<Conversation> {
  const rows = connection.all(queries(connection).list(owner, asked));
  return { items: rows.map(toConversation), total: countMatching(connection, owner, asked.filter) };
}

export function countConversations(
  connection: Connection,
  owner: Owner,
  filter: ConversationFilter,
): ConversationCounts {
  const rows = connection.all(queries(connection).countsByState(owner, filter));
  return toCounts(rows, countMatching(connection, owner, {}));
}

export function conversationIds(
  connection: Connection,
  owner: Owner,
  asked: { filter: ConversationFilter; limit: number },
): string[] {
  return connection.all(queries(connection).ids(owner, asked)).map((row) => row.id);
}

/** Export order is the order of storing; the cursor is the last row's number. */
export function scanConversations(
  connection: Connection,
  owner: Owner,
  asked: { filter: ConversationFilter; page: { limit: number; cursor?: string } },
): { items: Conversation[]; cursor?: string } {
  return toScanPage(connection.all(queries(connection).scan(owner, asked)), asked.page.limit);
}

export function memoryStats(
  connection: Connection,
  owner: Owner,
  filter: ConversationFilter,
): MemoryStats {
  const asking = queries(connection);
  const sums = connection.first(asking.sums(owner, filter));
  const ends = connection.first(asking.messageTimes(owner, filter));
  return {
    conversations: countConversations(connection, owner, filter),
    messages: sums?.messages ?? 0,
    words: sums?.words ?? 0,
    averageImportance: sums?.importance ?? 0,
    oldestMessageAt: ends?.oldest ?? null,
    newestMessageAt: ends?.newest ?? null,
    folders: connection.all(asking.namedCounts(owner, { filter, column: "folder" })),
    labels: connection.all(asking.namedCounts(owner, { filter, column: "label" })),
    tags: connection.all(asking.tagCounts(owner, filter)),
  };
}

export function readMessage(
  connection: Connection,
  owner: Owner,
  id: string,
): { message: Message; conversation: Conversation } {
  const row = connection.first(queries(connection).messageById(owner, id));
  if (row === undefined) throw new SekhaError("not_found", "Message not found");
  const { conversation } = requireConversation(connection, owner, row.conversation_id);
  return { message: toMessage(row), conversation };
}
