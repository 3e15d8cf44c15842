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
} from "../../core/ports/conversation-store.ts";
import {
  changedColumns,
  judgedByRules,
  newConversation,
  withoutRepeats,
} from "../sql/conversation-changes.ts";
import { toMessage } from "../sql/conversation-rows.ts";
import { replayedAnswer } from "../sql/replayed-answer.ts";
import { raisedByRules } from "../sql/to-judge.ts";
import { queries, requireConversation } from "./conversation-reads.ts";
import type { Session } from "./session.ts";
import { emptyPeriodsOf } from "./summaries.ts";
import { insertMessages, wordsOf } from "./write-messages.ts";

/** Time and ids of one write. */
export interface WriteContext {
  now: number;
  newId: () => string;
}

/** Of requests at once with one key the first stores; the others wait for it here and answer the same. */
export async function createConversation(
  session: Session,
  owner: Owner,
  request: { draft: ConversationDraft; idempotency?: IdempotencyClaim; context: WriteContext },
): Promise<CreateOutcome> {
  const { draft, idempotency, context } = request;
  if (idempotency === undefined) {
    return {
      conversation: await insertAndRead(session, owner, { draft, context }),
      replayed: false,
    };
  }
  const isFirst = await session.execute(
    `INSERT INTO idempotency_keys (owner, key, body_hash, conversation_id, response, created_at)
     VALUES ($1, $2, $3, '', '', $4) ON CONFLICT DO NOTHING`,
    [owner, idempotency.key, idempotency.bodyHash, context.now],
  );
  if (isFirst === 0) return await replay(session, owner, idempotency);
  const conversation = await insertAndRead(session, owner, { draft, context });
  await session.execute(
    "UPDATE idempotency_keys SET conversation_id = $3, response = $4 WHERE owner = $1 AND key = $2",
    [owner, idempotency.key, conversation.id, JSON.stringify(conversation)],
  );
  return { conversation, replayed: false };
}

async function replay(
  session: Session,
  owner: Owner,
  claim: IdempotencyClaim,
): Promise<CreateOutcome> {
  const [row] = await session.rows<{ body_hash: string; response: string }>(
    "SELECT body_hash, response FROM idempotency_keys WHERE owner = $1 AND key = $2",
    [owner, claim.key],
  );
  if (row === undefined) {
    throw new SekhaError("unavailable", "This Idempotency-Key was removed meanwhile. Try again.", {
      retryAfterSeconds: 1,
    });
  }
  return replayedAnswer(row, claim);
}

async function insertAndRead(
  session: Session,
  owner: Owner,
  request: { draft: ConversationDraft; context: WriteContext },
): Promise<Conversation> {
  const { id } = await insertConversation(session, owner, request);
  return (await requireConversation(session, owner, id)).conversation;
}

export async function insertConversation(
  session: Session,
  owner: Owner,
  { draft, context }: { draft: ConversationDraft; context: WriteContext },
): Promise<{ seq: number; id: string }> {
  const columns = judgedByRules(newConversation(draft, context), importanceOf(draft.messages));
  const counts = { message_count: draft.messages.length, word_count: wordsOf(draft.messages) };
  const row = { owner, ...columns, label_folded: columns.label.toLowerCase(), ...counts };
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  const [inserted] = await session.rows<{ seq: number }>(
    `INSERT INTO conversations (${names.join(", ")}) VALUES (${places.join(", ")}) RETURNING seq`,
    Object.values(row),
  );
  const seq = inserted?.seq ?? 0;
  await Promise.all([
    addTags(session, owner, { seq, tags: draft.tags ?? [] }),
    insertMessages(
      session,
      { owner, conversation: seq, firstPosition: 0, ...context },
      draft.messages,
    ),
  ]);
  return { seq, id: columns.id };
}

async function addTags(
  session: Session,
  owner: Owner,
  { seq, tags }: { seq: number; tags: readonly string[] },
): Promise<void> {
  if (tags.length === 0) return;
  await session.execute(
    `INSERT INTO conversation_tags (conversation_seq, owner, tag)
     SELECT $1::bigint, $2::text, tag FROM unnest($3::text[]) AS tag ON CONFLICT DO NOTHING`,
    [seq, owner, tags],
  );
}

/** The conversation's number; nobody else changes it until the transaction ends. */
async function lockConversation(session: Session, owner: Owner, id: string): Promise<number> {
  const [row] = await session.rows<{ seq: number }>(
    "SELECT seq FROM conversations WHERE owner = $1 AND id = $2 FOR UPDATE",
    [owner, id],
  );
  if (row === undefined) throw new SekhaError("not_found", "Conversation not found");
  return row.seq;
}

export async function appendMessages(
  session: Session,
  owner: Owner,
  request: { id: string; messages: MessageDraft[]; context: WriteContext },
): Promise<AppendOutcome> {
  const { id, messages, context } = request;
  const seq = await lockConversation(session, owner, id);
  const fresh = await withoutKnown(session, seq, messages);
  const from = await addMessages(session, owner, { seq, drafts: fresh, context });
  const [{ conversation }, rows] = await Promise.all([
    requireConversation(session, owner, id),
    session.all(queries.messages(seq, { from })),
  ]);
  return {
    conversation,
    messages: rows.map(toMessage),
    skipped: messages.length - fresh.length,
  };
}

/** Writes at the end of a locked conversation and answers the first position. */
export async function addMessages(
  session: Session,
  owner: Owner,
  write: { seq: number; drafts: MessageDraft[]; context: WriteContext; updatedAt?: number },
): Promise<number> {
  const { seq, drafts, context } = write;
  const [row] = await session.rows<{ next: number }>(
    "SELECT coalesce(max(position) + 1, 0) AS next FROM messages WHERE conversation_seq = $1",
    [seq],
  );
  const firstPosition = row?.next ?? 0;
  await Promise.all([
    insertMessages(session, { owner, conversation: seq, firstPosition, ...context }, drafts),
    session.execute(
      `UPDATE conversations SET message_count = message_count + $2, word_count = word_count + $3,
         updated_at = greatest(updated_at, $4),
         ${raisedByRules("$5::double precision", "greatest")} WHERE seq = $1`,
      [seq, drafts.length, wordsOf(drafts), write.updatedAt ?? context.now, importanceOf(drafts)],
    ),
  ]);
  return firstPosition;
}

/** Drafts whose import key the conversation does not have yet, each once. */
export async function withoutKnown(
  session: Session,
  seq: number,
  drafts: readonly MessageDraft[],
): Promise<MessageDraft[]> {
  const keys = drafts.flatMap((draft) => draft.importKey ?? []);
  if (keys.length === 0) return [...drafts];
  const known = await session.rows<{ import_key: string }>(
    "SELECT import_key FROM messages WHERE conversation_seq = $1 AND import_key = ANY($2::text[])",
    [seq, keys],
  );
  return withoutRepeats(drafts, new Set(known.map((row) => row.import_key)));
}

export async function updateConversation(
  session: Session,
  owner: Owner,
  request: { id: string; patch: ConversationPatch; context: WriteContext },
): Promise<Conversation> {
  const { id, patch, context } = request;
  const seq = await lockConversation(session, owner, id);
  const [{ conversation }, pins] = await Promise.all([
    requireConversation(session, owner, id),
    session.rows<{ before: number | null }>(
      "SELECT importance_before_pin AS before FROM conversations WHERE seq = $1",
      [seq],
    ),
  ]);
  const changed = {
    ...changedColumns(patch, conversation, pins[0]?.before ?? null),
    ...(patch.label === undefined ? {} : { label_folded: patch.label.toLowerCase() }),
    updated_at: context.now,
  };
  const set = Object.keys(changed).map((name, index) => `${name} = $${index + 2}`);
  await session.execute(`UPDATE conversations SET ${set.join(", ")} WHERE seq = $1`, [
    seq,
    ...Object.values(changed),
  ]);
  await changeTags(session, owner, { seq, patch });
  return (await requireConversation(session, owner, id)).conversation;
}

async function changeTags(
  session: Session,
  owner: Owner,
  { seq, patch }: { seq: number; patch: ConversationPatch },
): Promise<void> {
  const { tags, addTags: added = [], removeTags = [] } = patch;
  if (tags !== undefined) {
    await session.execute("DELETE FROM conversation_tags WHERE conversation_seq = $1", [seq]);
  }
  await addTags(session, owner, { seq, tags: [...(tags ?? []), ...added] });
  if (removeTags.length === 0) return;
  await session.execute(
    "DELETE FROM conversation_tags WHERE conversation_seq = $1 AND tag = ANY($2::text[])",
    [seq, removeTags],
  );
}

export async function deleteConversations(
  session: Session,
  owner: Owner,
  ids: readonly string[],
): Promise<DeleteOutcome> {
  const asked = [...new Set(ids)];
  if (asked.length === 0) return { deleted: [], sequences: [] };
  await emptyPeriodsOf(session, owner, asked);
  const rows = await session.rows<{ id: string; seq: number }>(
    "DELETE FROM conversations WHERE owner = $1 AND id = ANY($2::text[]) RETURNING id, seq",
    [owner, asked],
  );
  const numbers = new Map(rows.map((row) => [row.id, row.seq]));
  const deleted = asked.filter((id) => numbers.has(id));
  await session.execute(
    "UPDATE idempotency_keys SET response = '' WHERE owner = $1 AND conversation_id = ANY($2::text[])",
    [owner, deleted],
  );
  return { deleted, sequences: deleted.map((id) => numbers.get(id) ?? 0) };
}
