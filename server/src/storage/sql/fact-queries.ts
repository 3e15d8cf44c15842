import type { Owner } from "../../core/conversations/conversation.ts";
import { factKey } from "../../core/facts/fact-key.ts";
import type {
  Fact,
  FactFilter,
  MessageFact,
  ReadFacts,
  UnreadConversation,
} from "../../core/ports/fact-store.ts";
import type { TextList } from "./summary-queries.ts";

/**
 * Conversations with messages that no model read for facts. An index of both engines stands on these very words, so that
 * it holds the work and nothing else; a change of them needs a migration.
 */
export const UNREAD = "status = 'active' AND message_count > facts_messages";

export interface FactRow {
  message_id: string;
  conversation_id: string;
  subject: string;
  attribute: string;
  value: string;
  timestamp: number;
  model: string;
}

export interface UnreadRow {
  owner: Owner;
  id: string;
  message_count: number;
  facts_messages: number;
}

const LISTED = `
FROM facts f JOIN messages m ON m.seq = f.message_seq JOIN conversations c ON c.seq = m.conversation_seq
WHERE f.owner = ?1 AND (?2 = '' OR f.subject_key = ?2) AND (?3 = '' OR c.id = ?3)`;

/** The statements of both engines, with parameters as SQLite numbers them. */
export function factStatements(isOneOf: TextList) {
  return {
    list: `SELECT m.id AS message_id, c.id AS conversation_id, f.subject, f.attribute, f.value,
        m.timestamp, f.model ${LISTED}
      ORDER BY m.timestamp DESC, f.seq DESC LIMIT ?4 OFFSET ?5`,
    count: `SELECT count(*) AS total ${LISTED}`,
    /** CROSS JOIN, so that SQLite begins with the messages; a fact has its message's owner. */
    ofMessages: `
      SELECT m.id AS message_id, f.subject, f.attribute, f.value
      FROM messages m CROSS JOIN facts f
      WHERE m.owner = ?1 AND ${isOneOf("m.id", "?2")} AND f.message_seq = m.seq`,
    unread: `
      SELECT owner, id, message_count, facts_messages FROM conversations
      WHERE ${UNREAD} AND updated_at <= ?1 ORDER BY updated_at DESC LIMIT ?2`,
    /** Only where nobody else has read on; the update time stays. */
    noteRead: `
      UPDATE conversations SET facts_messages = ?4
      WHERE owner = ?1 AND id = ?2 AND facts_messages = ?3`,
    insert: `
      INSERT INTO facts (owner, message_seq, subject, subject_key, attribute, value, model)
      SELECT ?1, m.seq, ?4, ?5, ?6, ?7, ?8
      FROM messages m JOIN conversations c ON c.seq = m.conversation_seq
      WHERE m.owner = ?1 AND m.id = ?2 AND c.id = ?3`,
  };
}

export function factFilterParameters(owner: Owner, filter: FactFilter): string[] {
  const subject = filter.subject === undefined ? "" : factKey(filter.subject);
  return [owner, subject, filter.conversationId ?? ""];
}

export function insertedParameters(
  owner: Owner,
  conversationId: string,
  { fact, model }: { fact: MessageFact; model: ReadFacts["model"] },
): string[] {
  const { messageId, subject, attribute, value } = fact;
  const key = factKey(subject);
  return [owner, messageId, conversationId, subject, key, attribute, value, model];
}

export function toMessageFact(
  row: Pick<FactRow, "message_id" | (keyof MessageFact & keyof FactRow)>,
): MessageFact {
  const { message_id: messageId, subject, attribute, value } = row;
  return { messageId, subject, attribute, value };
}

export function toFact(row: FactRow): Fact {
  const { conversation_id: conversationId, timestamp: saidAt, model } = row;
  return { ...toMessageFact(row), conversationId, saidAt, model };
}

export function toUnread({
  owner,
  id,
  message_count,
  facts_messages,
}: UnreadRow): UnreadConversation {
  return { owner, id, messageCount: message_count, read: facts_messages };
}
