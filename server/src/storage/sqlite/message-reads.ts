import { type Expression, type SqlBool, sql } from "kysely";
import type { Message, MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { FoundMessage, MessageBrief } from "../../core/ports/message-index.ts";
import {
  type ConversationRow,
  inNumbers,
  type MessageRow,
  selectConversations,
  selectMessages,
  toConversation,
  toMessage,
} from "../sql/conversation-rows.ts";
import { conversationConditions, narrowsConversations } from "../sql/filters.ts";
import type { Connection } from "./connection.ts";

/** "+": by sequence, where an index of owners would be read from end to end. */
function ownedBy(owner: Owner): Expression<SqlBool> {
  return sql<SqlBool>`+messages.owner = ${owner}`;
}

function briefQuery(connection: Connection, owner: Owner) {
  return connection.sql
    .selectFrom("messages")
    .select([
      "messages.seq as message",
      "messages.conversation_seq as conversation",
      "messages.position",
      "messages.role",
      "messages.name",
      "messages.timestamp",
      "messages.text_length as length",
    ])
    .where(ownedBy(owner));
}

/** The default filter (active only) asks nothing while nothing is archived; asking it of every message is dear. */
export function withoutIdleStatus(
  connection: Connection,
  owner: Owner,
  filter: MessageFilter,
): MessageFilter {
  const { statuses, ...rest } = filter;
  if (statuses?.includes("active") !== true) return filter;
  const archived = connection.rows(
    "SELECT 1 FROM conversations WHERE owner = ? AND status = 'archived' LIMIT 1",
    [owner],
  );
  return archived.length === 0 ? rest : filter;
}

export function messageBriefs(
  connection: Connection,
  owner: Owner,
  { messages, filter: asked }: { messages: number[]; filter: MessageFilter },
): MessageBrief[] {
  const filter = withoutIdleStatus(connection, owner, asked);
  if (!narrowsMessages(filter)) return plainBriefs(connection, owner, messages);
  let query = briefQuery(connection, owner).where(inNumbers("messages.seq", messages));
  if (filter.roles !== undefined) query = query.where("messages.role", "in", filter.roles);
  if (filter.since !== undefined) query = query.where("messages.timestamp", ">=", filter.since);
  if (filter.until !== undefined) query = query.where("messages.timestamp", "<=", filter.until);
  if (narrowsConversations(filter)) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom("conversations")
          .select("conversations.seq")
          .whereRef("conversations.seq", "=", "messages.conversation_seq")
          .where((inner) => conversationConditions(inner, owner, filter)),
      ),
    );
  }
  return connection.all(query.compile());
}

function narrowsMessages(filter: MessageFilter): boolean {
  const own = filter.roles ?? filter.since ?? filter.until;
  return own !== undefined || narrowsConversations(filter);
}

/** A brief as lists of columns have it. */
export type BriefColumns = [
  message: number,
  conversation: number,
  position: number,
  role: string,
  name: string | null,
  timestamp: number,
  length: number,
];

export function briefOf([
  message,
  conversation,
  position,
  role,
  name,
  timestamp,
  length,
]: BriefColumns): MessageBrief {
  return { message, conversation, position, role, name, timestamp, length };
}

const BRIEFS = `
SELECT seq, conversation_seq, position, role, name, timestamp, text_length
FROM messages WHERE +owner = ? AND seq IN (SELECT value FROM json_each(?))`;

function plainBriefs(connection: Connection, owner: Owner, messages: number[]): MessageBrief[] {
  return connection.tuples<BriefColumns>(BRIEFS, [owner, JSON.stringify(messages)]).map(briefOf);
}

const NEIGHBOURS = `
SELECT DISTINCT n.seq AS message, n.conversation_seq AS conversation, n.position, n.role, n.name,
  n.timestamp, n.text_length AS length
FROM json_each(?1) ids
CROSS JOIN messages m ON m.seq = ids.value AND m.owner = ?2
CROSS JOIN messages n ON n.conversation_seq = m.conversation_seq
  AND n.position BETWEEN m.position - ?3 AND m.position + ?3`;

export function messageNeighbours(
  connection: Connection,
  owner: Owner,
  { messages, radius }: { messages: number[]; radius: number },
): MessageBrief[] {
  return connection.rows<MessageBrief>(NEIGHBOURS, [JSON.stringify(messages), owner, radius]);
}

export function hydrateMessages(
  connection: Connection,
  owner: Owner,
  messages: number[],
): FoundMessage[] {
  const asked = JSON.stringify(messages);
  const rows = connection.rows<MessageRow & { conversation_seq: number }>(
    connection.compiledOnce("hydrate messages", () =>
      selectMessages(connection.sql)
        .select("messages.conversation_seq")
        .where(ownedBy(owner))
        .where(inNumbers("messages.seq", messages))
        .compile(),
    ),
    [owner, asked],
  );
  const conversations = connection.rows<ConversationRow>(
    connection.compiledOnce("hydrate conversations", () =>
      selectConversations(connection.sql).where(inNumbers("conversations.seq", [])).compile(),
    ),
    [JSON.stringify([...new Set(rows.map((row) => row.conversation_seq))])],
  );
  const byNumber = new Map(conversations.map((row) => [row.seq, toConversation(row)]));
  const found = new Map<number, FoundMessage>();
  for (const row of rows) {
    const conversation = byNumber.get(row.conversation_seq);
    if (conversation === undefined) continue;
    found.set(row.seq, { sequence: row.seq, message: toMessage(row), conversation });
  }
  return messages.flatMap((sequence) => found.get(sequence) ?? []);
}

export function messagesAround(
  connection: Connection,
  owner: Owner,
  { message, radius }: { message: number; radius: number },
): Message[] {
  const briefs = messageNeighbours(connection, owner, { messages: [message], radius });
  const others = briefs
    .filter((brief) => brief.message !== message)
    .sort((a, b) => a.position - b.position)
    .map((brief) => brief.message);
  return hydrateMessages(connection, owner, others).map((found) => found.message);
}
