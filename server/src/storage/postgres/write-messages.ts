import type { MessageDraft, Owner } from "../../core/conversations/conversation.ts";
import { speakerOf } from "../../core/conversations/speaker.ts";
import { countWords } from "../sql/word-count.ts";
import type { Session } from "./session.ts";
import { indexedParts } from "./text-words.ts";

/** Where new messages go and what they count from. */
export interface MessageTarget {
  owner: Owner;
  conversation: number;
  firstPosition: number;
  now: number;
  newId: () => string;
}

/**
 * One statement for rows, words and queue. Numbers are given in the order of the conversation. The owner is a word of
 * its own, so that the index of words finds an owner's messages only.
 */
const INSERT = `
WITH drafts AS (
  SELECT * FROM unnest($4::integer[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
    $10::text[], $11::integer[], $12::text[], $13::text[], $14::text[])
    AS d (position, id, role, name, timestamp, state, import_key, length, metadata, content, parts)
  ORDER BY position
), inserted AS (
  INSERT INTO messages (owner, conversation_seq, position, id, role, name, timestamp, embedding_state,
    import_key, text_length, metadata, content, parts)
  SELECT $1::text, $2::bigint, position, id, role, name, timestamp, state,
    import_key, length, metadata, content, parts FROM drafts ORDER BY position
  RETURNING seq, position, embedding_state
), indexed AS (
  INSERT INTO message_words (message_seq, part, owner, length, words)
  SELECT inserted.seq, w.part, $1::text, w.length,
    array_to_tsvector(ARRAY[chr(1) || md5($1::text)]) || w.words::tsvector
  FROM unnest($15::integer[], $16::integer[], $17::integer[], $18::text[]) AS w (position, part, length, words)
  JOIN inserted USING (position)
)
INSERT INTO embedding_queue (message_seq, owner, state, attempts, due_at, queued_at)
SELECT seq, $1::text, 'pending', 0, $3::bigint, $3::bigint FROM inserted WHERE embedding_state = 'pending'`;

/** Rows, full-text entries and queue entries, in the caller's transaction. */
export async function insertMessages(
  session: Session,
  target: MessageTarget,
  drafts: readonly MessageDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const rows = drafts.map((draft, index) => toRow(draft, target, target.firstPosition + index));
  const words = rows.flatMap(({ position, name, content }) =>
    indexedParts(name, content).map((part, number) => ({ position, number, ...part })),
  );
  await session.execute(INSERT, [
    target.owner,
    target.conversation,
    target.now,
    ...columns(rows, MESSAGE_COLUMNS),
    ...columns(words, ["position", "number", "length", "words"]),
  ]);
}

/** Words of all drafts, for the conversation's own count. */
export function wordsOf(drafts: readonly MessageDraft[]): number {
  return drafts.reduce((sum, draft) => sum + countWords(draft.content), 0);
}

const MESSAGE_COLUMNS = [
  "position",
  "id",
  "role",
  "name",
  "timestamp",
  "state",
  "importKey",
  "length",
  "metadata",
  "content",
  "parts",
] as const;

function toRow(draft: MessageDraft, target: MessageTarget, position: number) {
  return {
    position,
    id: draft.id ?? target.newId(),
    role: draft.role,
    name: draft.name ?? speakerOf(draft.role),
    timestamp: draft.timestamp ?? target.now,
    state: draft.content.trim() === "" ? "none" : "pending",
    importKey: draft.importKey ?? null,
    length: draft.content.length,
    metadata: JSON.stringify(draft.metadata ?? {}),
    content: draft.content,
    parts: draft.parts ? JSON.stringify(draft.parts) : null,
  };
}

/** Rows as one array a column. */
function columns<Row>(rows: readonly Row[], keys: readonly (keyof Row)[]): unknown[][] {
  return keys.map((key) => rows.map((row) => row[key]));
}
