import type {
  Conversation,
  ConversationDraft,
  ConversationPatch,
  MessageDraft,
  Owner,
} from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import { importanceOf } from "../../core/importance/message-importance.ts";
import type {
  AppendOutcome,
  CreateOutcome,
  DeleteOutcome,
  IdempotencyClaim,
  ImportIdentity,
  ImportOutcome,
} from "../../core/ports/conversation-store.ts";
import {
  changedColumns,
  newConversation,
  withoutRepeats,
  withoutStored,
} from "../sql/conversation-changes.ts";
import {
  selectConversations,
  selectMessages,
  toConversation,
  toMessage,
} from "../sql/conversation-rows.ts";
import { replayedAnswer } from "../sql/replayed-answer.ts";
import { raisedByRules } from "../sql/to-judge.ts";
import type { Connection } from "./connection.ts";
import { emptyPeriodsOf } from "./summaries.ts";
import { deleteText, insertMessages } from "./write-messages.ts";

/** Counts and importance with new messages: the conversation's number, how many, their words, their importance. */
export const GROW = `UPDATE conversations SET message_count = message_count + ?2,
  word_count = word_count + ?3, ${raisedByRules("?4", "max")} WHERE seq = ?1`;

/** Time and ids of one write. */
export interface WriteContext {
  now: number;
  newId: () => string;
}

export function findConversation(
  connection: Connection,
  owner: Owner,
  id: string,
): { seq: number; conversation: Conversation } | null {
  const row = connection.first(
    selectConversations(connection.sql)
      .where("conversations.owner", "=", owner)
      .where("conversations.id", "=", id)
      .compile(),
  );
  return row === undefined ? null : { seq: row.seq, conversation: toConversation(row) };
}

export function requireConversation(
  connection: Connection,
  owner: Owner,
  id: string,
): { seq: number; conversation: Conversation } {
  const found = findConversation(connection, owner, id);
  if (found === null) throw new SekhaError("not_found", "Conversation not found");
  return found;
}

function insertConversation(
  connection: Connection,
  owner: Owner,
  { draft, context }: { draft: ConversationDraft; context: WriteContext },
): { seq: number; id: string } {
  const columns = newConversation(draft, context);
  const { lastInsertRowid: seq } = connection.run(
    connection.sql
      .insertInto("conversations")
      .values({ owner, ...columns, message_count: 0, word_count: 0, session_count: 1 })
      .compile(),
  );
  addTags(connection, owner, { seq, tags: draft.tags ?? [] });
  writeMessages(connection, owner, { seq, from: 0, drafts: draft.messages, context });
  return { seq, id: columns.id };
}

function writeMessages(
  connection: Connection,
  owner: Owner,
  write: { seq: number; from: number; drafts: MessageDraft[]; context: WriteContext },
): string[] {
  const { ids, words } = insertMessages(
    connection,
    { owner, conversation: write.seq, firstPosition: write.from, ...write.context },
    write.drafts,
  );
  connection.execute(GROW, [write.seq, ids.length, words, importanceOf(write.drafts)]);
  return ids;
}

function addTags(
  connection: Connection,
  owner: Owner,
  { seq, tags }: { seq: number; tags: readonly string[] },
): void {
  for (const tag of tags) {
    connection.execute(
      "INSERT INTO conversation_tags (conversation_seq, owner, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      [seq, owner, tag],
    );
  }
}

function replay(
  connection: Connection,
  owner: Owner,
  claim: IdempotencyClaim,
): CreateOutcome | null {
  const row = connection.first(
    connection.sql
      .selectFrom("idempotency_keys")
      .select(["body_hash", "response"])
      .where("owner", "=", owner)
      .where("key", "=", claim.key)
      .compile(),
  );
  if (row === undefined) return null;
  return replayedAnswer(row, claim);
}

export function createConversation(
  connection: Connection,
  owner: Owner,
  request: { draft: ConversationDraft; idempotency?: IdempotencyClaim; context: WriteContext },
): CreateOutcome {
  const { draft, idempotency, context } = request;
  const earlier = idempotency === undefined ? null : replay(connection, owner, idempotency);
  if (earlier !== null) return earlier;
  const { id } = insertConversation(connection, owner, { draft, context });
  const { conversation } = requireConversation(connection, owner, id);
  if (idempotency !== undefined) {
    connection.execute(
      "INSERT INTO idempotency_keys (owner, key, body_hash, conversation_id, response, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      [owner, idempotency.key, idempotency.bodyHash, id, JSON.stringify(conversation), context.now],
    );
  }
  return { conversation, replayed: false };
}

function messagesFrom(connection: Connection, seq: number, position: number) {
  return connection
    .all(
      selectMessages(connection.sql)
        .where("messages.conversation_seq", "=", seq)
        .where("messages.position", ">=", position)
        .orderBy("messages.position")
        .compile(),
    )
    .map(toMessage);
}

function nextPosition(connection: Connection, seq: number): number {
  const [row] = connection.rows<{ next: number }>(
    "SELECT coalesce(max(position) + 1, 0) AS next FROM messages WHERE conversation_seq = ?",
    [seq],
  );
  return row?.next ?? 0;
}

function withoutKnown(
  connection: Connection,
  seq: number,
  drafts: readonly MessageDraft[],
): MessageDraft[] {
  const keys = drafts.flatMap((draft) => draft.importKey ?? []);
  if (keys.length === 0) return [...drafts];
  const known = connection.rows<{ import_key: string }>(
    "SELECT import_key FROM messages WHERE conversation_seq = ? AND import_key IN (SELECT value FROM json_each(?))",
    [seq, JSON.stringify(keys)],
  );
  return withoutRepeats(drafts, new Set(known.map((row) => row.import_key)));
}

export function appendMessages(
  connection: Connection,
  owner: Owner,
  request: { id: string; messages: MessageDraft[]; context: WriteContext },
): AppendOutcome {
  const { seq } = requireConversation(connection, owner, request.id);
  const fresh = withoutKnown(connection, seq, request.messages);
  const from = nextPosition(connection, seq);
  writeMessages(connection, owner, { seq, from, drafts: fresh, context: request.context });
  connection.execute("UPDATE conversations SET updated_at = max(updated_at, ?) WHERE seq = ?", [
    request.context.now,
    seq,
  ]);
  const { conversation } = requireConversation(connection, owner, request.id);
  return {
    conversation,
    messages: messagesFrom(connection, seq, from),
    skipped: request.messages.length - fresh.length,
  };
}

function importedConversation(
  connection: Connection,
  owner: Owner,
  { identity, draft }: { identity: ImportIdentity; draft: ConversationDraft },
): { seq: number; id: string } | null {
  const [row] = connection.rows<{ seq: number; id: string }>(
    `SELECT c.seq, c.id FROM import_ledger l JOIN conversations c ON c.seq = l.conversation_seq
     WHERE l.owner = ? AND l.source = ? AND l.external_id = ?`,
    [owner, identity.source, identity.externalId],
  );
  if (row !== undefined) return row;
  if (draft.id === undefined) return null;
  const restored = findConversation(connection, owner, draft.id);
  return restored === null ? null : { seq: restored.seq, id: draft.id };
}

/** In which conversations the given ids are. */
function placesOf(
  connection: Connection,
  owner: Owner,
  drafts: readonly MessageDraft[],
): Map<string, number | null> {
  const ids = drafts.flatMap((draft) => draft.id ?? []);
  if (ids.length === 0) return new Map();
  const rows = connection.rows<{ id: string; conversation: number }>(
    `SELECT id, conversation_seq AS conversation FROM messages
     WHERE owner = ? AND id IN (SELECT value FROM json_each(?))`,
    [owner, JSON.stringify(ids)],
  );
  return new Map(rows.map((row) => [row.id, row.conversation]));
}

export function importConversation(
  connection: Connection,
  owner: Owner,
  request: { identity: ImportIdentity; draft: ConversationDraft; context: WriteContext },
): ImportOutcome {
  const { identity, draft, context } = request;
  const known = importedConversation(connection, owner, { identity, draft });
  const drafts = withoutStored(draft.messages, {
    places: placesOf(connection, owner, draft.messages),
    conversation: known?.seq ?? null,
  });
  if (known === null) {
    const messages = withoutRepeats(drafts, new Set());
    const { seq, id } = insertConversation(connection, owner, {
      draft: { ...draft, messages },
      context,
    });
    connection.execute(
      "INSERT INTO import_ledger (owner, source, external_id, conversation_seq, imported_at) VALUES (?, ?, ?, ?, ?)",
      [owner, identity.source, identity.externalId, seq, context.now],
    );
    return { state: "created", conversationId: id, messages: messages.length };
  }
  const fresh = withoutKnown(connection, known.seq, drafts);
  if (fresh.length === 0) return { state: "unchanged", conversationId: known.id, messages: 0 };
  const from = nextPosition(connection, known.seq);
  writeMessages(connection, owner, { seq: known.seq, from, drafts: fresh, context });
  connection.execute("UPDATE conversations SET updated_at = max(updated_at, ?) WHERE seq = ?", [
    draft.updatedAt ?? context.now,
    known.seq,
  ]);
  return { state: "extended", conversationId: known.id, messages: fresh.length };
}

export function updateConversation(
  connection: Connection,
  owner: Owner,
  request: { id: string; patch: ConversationPatch; context: WriteContext },
): Conversation {
  const { id, patch, context } = request;
  const { seq, conversation } = requireConversation(connection, owner, id);
  const [pin] = connection.rows<{ before: number | null }>(
    "SELECT importance_before_pin AS before FROM conversations WHERE seq = ?",
    [seq],
  );
  connection.run(
    connection.sql
      .updateTable("conversations")
      .set({
        ...changedColumns(patch, conversation, pin?.before ?? null),
        updated_at: context.now,
      })
      .where("seq", "=", seq)
      .compile(),
  );
  if (patch.tags !== undefined) {
    connection.execute("DELETE FROM conversation_tags WHERE conversation_seq = ?", [seq]);
  }
  addTags(connection, owner, { seq, tags: [...(patch.tags ?? []), ...(patch.addTags ?? [])] });
  for (const tag of patch.removeTags ?? []) {
    connection.execute("DELETE FROM conversation_tags WHERE conversation_seq = ? AND tag = ?", [
      seq,
      tag,
    ]);
  }
  return requireConversation(connection, owner, id).conversation;
}

export function deleteConversations(
  connection: Connection,
  owner: Owner,
  ids: readonly string[],
): DeleteOutcome {
  const deleted: string[] = [];
  const sequences: number[] = [];
  for (const id of new Set(ids)) {
    const [row] = connection.rows<{ seq: number }>(
      "SELECT seq FROM conversations WHERE owner = ? AND id = ?",
      [owner, id],
    );
    if (row === undefined) continue;
    emptyPeriodsOf(connection, owner, id);
    deleteText(connection, row.seq);
    connection.execute("DELETE FROM conversations WHERE seq = ?", [row.seq]);
    connection.execute(
      "UPDATE idempotency_keys SET response = '' WHERE owner = ? AND conversation_id = ?",
      [owner, id],
    );
    deleted.push(id);
    sequences.push(row.seq);
  }
  if (deleted.length > 0) noteDeletion(connection);
  return { deleted, sequences };
}

/** Readers keep numbers of messages in memory (word-postings.ts); this tells them to forget. */
function noteDeletion(connection: Connection): void {
  connection.execute(
    `INSERT INTO settings (owner, key, value) VALUES ('', 'deletions', '1')
     ON CONFLICT (owner, key) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
  );
}
