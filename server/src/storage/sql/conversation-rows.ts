import { type Kysely, type SelectQueryBuilder, sql } from "kysely";
import type {
  Conversation,
  ConversationStatus,
  EmbeddingStatus,
  ImportanceSource,
  JsonObject,
  Message,
} from "../../core/conversations/conversation.ts";
import { SQLITE_ENGINE, type SqlEngine } from "./engine.ts";
import type { Tables } from "./tables.ts";

/** A conversation as conversationColumns selects it. */
export interface ConversationRow {
  seq: number;
  id: string;
  label: string;
  folder: string;
  status: ConversationStatus;
  pinned: number;
  importance_score: number;
  importance_source: ImportanceSource;
  created_at: number;
  updated_at: number;
  message_count: number;
  word_count: number;
  session_id: string | null;
  session_count: number;
  metadata: string;
  tags: string;
  unembedded: number | null;
}

export interface MessageRow {
  seq: number;
  id: string;
  conversation_id: string;
  position: number;
  role: string;
  name: string | null;
  content: string;
  parts: string | null;
  timestamp: number;
  metadata: string;
  embedding_state: EmbeddingStatus;
}

/** 0 when something waits for its vectors, 1 when something failed, else null. */
const unembedded = sql<number | null>`(
  SELECT min(CASE embedding_state WHEN 'pending' THEN 0 ELSE 1 END) FROM messages
  WHERE messages.conversation_seq = conversations.seq AND embedding_state IN ('pending', 'failed')
)`.as("unembedded");

export function selectConversations(
  db: Kysely<Tables>,
  engine: SqlEngine = SQLITE_ENGINE,
): SelectQueryBuilder<Tables, "conversations", ConversationRow> {
  return db
    .selectFrom("conversations")
    .select([
      "conversations.seq",
      "conversations.id",
      "conversations.label",
      "conversations.folder",
      "conversations.status",
      "conversations.pinned",
      "conversations.importance_score",
      "conversations.importance_source",
      "conversations.created_at",
      "conversations.updated_at",
      "conversations.message_count",
      "conversations.word_count",
      "conversations.session_id",
      "conversations.session_count",
      "conversations.metadata",
    ])
    .select([sql<string>`${engine.tags}`.as("tags"), unembedded]);
}

export function selectMessages(db: Kysely<Tables>) {
  return db
    .selectFrom("messages")
    .innerJoin("conversations", "conversations.seq", "messages.conversation_seq")
    .select([
      "messages.seq",
      "messages.id",
      "conversations.id as conversation_id",
      "messages.position",
      "messages.role",
      "messages.name",
      "messages.content",
      "messages.parts",
      "messages.timestamp",
      "messages.metadata",
      "messages.embedding_state",
    ]);
}

function parseObject(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

function embeddingStatus(row: ConversationRow): EmbeddingStatus {
  if (row.unembedded === 0) return "pending";
  if (row.unembedded === 1) return "failed";
  return row.message_count === 0 ? "none" : "embedded";
}

export function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    label: row.label,
    folder: row.folder,
    status: row.status,
    pinned: row.pinned === 1,
    importanceScore: row.importance_score,
    importanceSource: row.importance_source,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    messageCount: row.message_count,
    wordCount: row.word_count,
    sessionId: row.session_id,
    sessionCount: row.session_count,
    tags: (JSON.parse(row.tags) as string[]).sort(),
    metadata: parseObject(row.metadata),
    embeddingStatus: embeddingStatus(row),
  };
}

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    position: row.position,
    role: row.role,
    name: row.name,
    content: row.content,
    parts: row.parts === null ? null : (JSON.parse(row.parts) as JsonObject[]),
    timestamp: row.timestamp,
    metadata: parseObject(row.metadata),
    embeddingStatus: row.embedding_state,
  };
}

/** Each message once. */
export function uniqueMessages(rows: readonly MessageRow[]): Message[] {
  return [...new Map(rows.map((row) => [row.seq, row])).values()].map(toMessage);
}

/** `column IN (…)` for any number of numbers in one prepared statement of SQLite. */
export const inNumbers = SQLITE_ENGINE.inNumbers;
