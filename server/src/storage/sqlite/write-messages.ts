import type { MessageDraft, Owner } from "../../core/conversations/conversation.ts";
import { speakerOf } from "../../core/conversations/speaker.ts";
import { hasUnspacedScript } from "../../core/search/unspaced-scripts.ts";
import { countWords } from "../sql/word-count.ts";
import type { Connection } from "./connection.ts";
import { ownerToken } from "./owner-token.ts";

const INSERT_MESSAGE = `
INSERT INTO messages (owner, conversation_seq, position, id, role, name, timestamp, unspaced,
  embedding_state, import_key, text_length, metadata, content, parts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_TEXT = "INSERT INTO messages_fts (rowid, owner, name, content) VALUES (?, ?, ?, ?)";
const INSERT_TRIGRAMS = "INSERT INTO messages_trigram (rowid, content) VALUES (?, ?)";
const ENQUEUE = `
INSERT INTO embedding_queue (message_seq, owner, state, attempts, due_at, queued_at)
VALUES (?, ?, 'pending', 0, ?, ?)`;

/** Where new messages go and what they count from. */
export interface MessageTarget {
  owner: Owner;
  conversation: number;
  firstPosition: number;
  now: number;
  newId: () => string;
}

/** What was written, for the conversation's own counts. */
export interface WrittenMessages {
  ids: string[];
  words: number;
}

function insertRow(
  connection: Connection,
  target: MessageTarget & { ownerToken: string },
  message: MessageDraft & { id: string; position: number },
): void {
  const { owner, conversation, now } = target;
  const unspaced = hasUnspacedScript(message.content);
  const name = message.name ?? speakerOf(message.role);
  const embeddable = message.content.trim() !== "";
  const { lastInsertRowid: seq } = connection.execute(INSERT_MESSAGE, [
    owner,
    conversation,
    message.position,
    message.id,
    message.role,
    name,
    message.timestamp ?? now,
    unspaced ? 1 : 0,
    embeddable ? "pending" : "none",
    message.importKey ?? null,
    message.content.length,
    JSON.stringify(message.metadata ?? {}),
    message.content,
    message.parts ? JSON.stringify(message.parts) : null,
  ]);
  connection.execute(INSERT_TEXT, [seq, target.ownerToken, name, message.content]);
  if (unspaced) connection.execute(INSERT_TRIGRAMS, [seq, message.content]);
  if (embeddable) connection.execute(ENQUEUE, [seq, owner, now, now]);
}

/** Rows, full-text entries and queue entries, in the caller's transaction. */
export function insertMessages(
  connection: Connection,
  target: MessageTarget,
  drafts: readonly MessageDraft[],
): WrittenMessages {
  const scope = { ...target, ownerToken: ownerToken(target.owner) };
  const ids: string[] = [];
  let words = 0;
  for (const [index, draft] of drafts.entries()) {
    const id = draft.id ?? target.newId();
    insertRow(connection, scope, { ...draft, id, position: target.firstPosition + index });
    ids.push(id);
    words += countWords(draft.content);
  }
  return { ids, words };
}

const DELETE_TEXT = `
INSERT INTO messages_fts (messages_fts, rowid, owner, name, content)
SELECT 'delete', seq, owner, name, content FROM messages_text WHERE conversation_seq = ?`;
const DELETE_TRIGRAMS = `
INSERT INTO messages_trigram (messages_trigram, rowid, content)
SELECT 'delete', seq, content FROM messages WHERE conversation_seq = ? AND unspaced = 1`;

/** Takes a conversation's text out of both indexes; the rows themselves go by cascade. */
export function deleteText(connection: Connection, conversation: number): void {
  connection.execute(DELETE_TEXT, [conversation]);
  connection.execute(DELETE_TRIGRAMS, [conversation]);
}
