import { sql } from "kysely";
import type { Message, MessageFilter, Owner } from "../../core/conversations/conversation.ts";
import type {
  CandidateMessage,
  CandidateRequest,
  FoundMessage,
  MessageBrief,
} from "../../core/ports/message-index.ts";
import {
  selectConversations,
  selectMessages,
  toConversation,
  toMessage,
} from "../sql/conversation-rows.ts";
import { POSTGRES_ENGINE } from "../sql/engine.ts";
import { conversationConditionsOf, narrowsConversations } from "../sql/filters.ts";
import { type Session, sqlBuilder } from "./session.ts";

const conditions = conversationConditionsOf(POSTGRES_ENGINE);

/** The owner's messages that pass the filter. */
export function messagesPassing(owner: Owner, filter: MessageFilter) {
  let query = sqlBuilder.selectFrom("messages").where("messages.owner", "=", owner);
  if (filter.roles !== undefined) {
    query = query.where(POSTGRES_ENGINE.isOneOf("messages.role", filter.roles));
  }
  if (filter.since !== undefined) query = query.where("messages.timestamp", ">=", filter.since);
  if (filter.until !== undefined) query = query.where("messages.timestamp", "<=", filter.until);
  if (!narrowsConversations(filter)) return query;
  return query.where((eb) =>
    eb.exists(
      eb
        .selectFrom("conversations")
        .select("conversations.seq")
        .whereRef("conversations.seq", "=", "messages.conversation_seq")
        .where((inner) => conditions(inner, owner, filter)),
    ),
  );
}

export async function messageBriefs(
  session: Session,
  owner: Owner,
  { messages, filter }: { messages: readonly number[]; filter: MessageFilter },
): Promise<MessageBrief[]> {
  return await session.all(
    messagesPassing(owner, filter)
      .select([
        "messages.seq as message",
        "messages.conversation_seq as conversation",
        "messages.position",
        "messages.role",
        "messages.name",
        "messages.timestamp",
        "messages.text_length as length",
      ])
      .where(POSTGRES_ENGINE.inNumbers("messages.seq", messages))
      .compile(),
  );
}

const NEIGHBOURS = `
SELECT DISTINCT n.seq AS message, n.conversation_seq AS conversation, n.position, n.role, n.name,
  n.timestamp, n.text_length AS length
FROM messages m JOIN messages n ON n.conversation_seq = m.conversation_seq
  AND n.position BETWEEN m.position - $3 AND m.position + $3
WHERE m.owner = $1 AND m.seq = ANY($2::bigint[])`;

export async function messageNeighbours(
  session: Session,
  owner: Owner,
  { messages, radius }: { messages: readonly number[]; radius: number },
): Promise<MessageBrief[]> {
  return await session.rows<MessageBrief>(NEIGHBOURS, [owner, messages, radius]);
}

const TEXTS = `
SELECT seq AS message, content AS text FROM messages WHERE owner = $1 AND seq = ANY($2::bigint[])`;

export async function candidateMessages(
  session: Session,
  owner: Owner,
  request: CandidateRequest,
): Promise<CandidateMessage[]> {
  const { hits, withText, expand, radius, filter } = request;
  const expanded = new Set(expand);
  const valid = await messageBriefs(session, owner, { messages: hits, filter });
  const messages = valid.map((brief) => brief.message).filter((number) => expanded.has(number));
  const [around, texts] = await Promise.all([
    messageNeighbours(session, owner, { messages, radius }),
    session.rows<{ message: number; text: string }>(TEXTS, [owner, withText]),
  ]);
  const byNumber = new Map(texts.map((row) => [row.message, row.text]));
  const candidates = new Map([...valid, ...around].map((brief) => [brief.message, brief]));
  return [...candidates.values()]
    .filter((brief) => passes(brief, filter))
    .map((brief) => ({ ...brief, text: byNumber.get(brief.message) ?? null }));
}

/** A neighbour stands in the hit's conversation, so only its own fields can fail the filter. */
function passes(brief: MessageBrief, { roles, since, until }: MessageFilter): boolean {
  return (
    (roles === undefined || roles.includes(brief.role)) &&
    (since === undefined || brief.timestamp >= since) &&
    (until === undefined || brief.timestamp <= until)
  );
}

/** Name by name through the index, since there are few names and many messages. */
const SPEAKERS = `
WITH RECURSIVE names (name) AS (
  SELECT min(name) FROM messages WHERE owner = $1 AND name IS NOT NULL
  UNION ALL
  SELECT (
    SELECT min(m.name) FROM messages m
    WHERE m.owner = $1 AND m.name IS NOT NULL AND m.name > names.name
  ) FROM names WHERE names.name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL LIMIT 3000`;

export async function speakerNames(session: Session, owner: Owner): Promise<string[]> {
  return (await session.rows<{ name: string }>(SPEAKERS, [owner])).map((row) => row.name);
}

export async function hydrateMessages(
  session: Session,
  owner: Owner,
  messages: readonly number[],
): Promise<FoundMessage[]> {
  const rows = await session.all(
    selectMessages(sqlBuilder)
      .select("messages.conversation_seq")
      .where("messages.owner", "=", owner)
      .where(POSTGRES_ENGINE.inNumbers("messages.seq", messages))
      .compile(),
  );
  const numbers = [...new Set(rows.map((row) => row.conversation_seq))];
  const conversations = await session.all(
    selectConversations(sqlBuilder, POSTGRES_ENGINE)
      .where(POSTGRES_ENGINE.inNumbers("conversations.seq", numbers))
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

export async function messagesAround(
  session: Session,
  owner: Owner,
  { message, radius }: { message: number; radius: number },
): Promise<Message[]> {
  const rows = await session.all(
    selectMessages(sqlBuilder)
      .innerJoin("messages as hit", "hit.conversation_seq", "messages.conversation_seq")
      .where("hit.owner", "=", owner)
      .where("hit.seq", "=", message)
      .where("messages.seq", "!=", message)
      .where(
        sql<boolean>`messages.position BETWEEN hit.position - ${radius} AND hit.position + ${radius}`,
      )
      .orderBy("messages.position")
      .compile(),
  );
  return rows.map(toMessage);
}
