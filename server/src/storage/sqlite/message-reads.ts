import { type Expression, type SqlBool, sql } from "kysely";
import type { Message, MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type { FoundMessage, MessageBrief } from "../../core/ports/message-index.ts";
import {
  inNumbers,
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

export function messageBriefs(
  connection: Connection,
  owner: Owner,
  { messages, filter }: { messages: number[]; filter: MessageFilter },
): MessageBrief[] {
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
  const rows = connection.all(
    selectMessages(connection.sql)
      .select("messages.conversation_seq")
      .where(ownedBy(owner))
      .where(inNumbers("messages.seq", messages))
      .compile(),
  );
  const conversations = connection.all(
    selectConversations(connection.sql)
      .where(inNumbers("conversations.seq", [...new Set(rows.map((row) => row.conversation_seq))]))
      .compile(),
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
