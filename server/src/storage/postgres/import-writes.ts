import type {
  ConversationDraft,
  MessageDraft,
  Owner,
} from "../../core/conversations/conversation.ts";
import type { ImportIdentity, ImportOutcome } from "../../core/ports/conversation-store.ts";
import { withoutRepeats, withoutStored } from "../sql/conversation-changes.ts";
import {
  addMessages,
  insertConversation,
  type WriteContext,
  withoutKnown,
} from "./conversation-writes.ts";
import type { Session } from "./session.ts";

interface ImportRequest {
  identity: ImportIdentity;
  draft: ConversationDraft;
  context: WriteContext;
}

/** Imports of one conversation wait for each other. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

export async function importConversation(
  session: Session,
  owner: Owner,
  request: ImportRequest,
): Promise<ImportOutcome> {
  const { identity, draft, context } = request;
  await session.rows(LOCK, [JSON.stringify([owner, identity.source, identity.externalId])]);
  if (draft.id !== undefined) await session.rows(LOCK, [JSON.stringify([owner, draft.id])]);
  const known = await importedConversation(session, owner, request);
  const places = await placesOf(session, owner, draft.messages);
  const drafts = withoutStored(draft.messages, { places, conversation: known?.seq ?? null });
  if (known === null) {
    const messages = withoutRepeats(drafts, new Set());
    return await importNew(session, owner, { ...request, draft: { ...draft, messages } });
  }
  const fresh = await withoutKnown(session, known.seq, drafts);
  if (fresh.length === 0) return { state: "unchanged", conversationId: known.id, messages: 0 };
  const updatedAt = draft.updatedAt ?? context.now;
  await addMessages(session, owner, { seq: known.seq, drafts: fresh, context, updatedAt });
  return { state: "extended", conversationId: known.id, messages: fresh.length };
}

async function importNew(
  session: Session,
  owner: Owner,
  { identity, draft, context }: ImportRequest,
): Promise<ImportOutcome> {
  const { seq, id } = await insertConversation(session, owner, { draft, context });
  await session.execute(
    `INSERT INTO import_ledger (owner, source, external_id, conversation_seq, imported_at)
     VALUES ($1, $2, $3, $4, $5)`,
    [owner, identity.source, identity.externalId, seq, context.now],
  );
  return { state: "created", conversationId: id, messages: draft.messages.length };
}

/** By the ledger, or by the id that an export brings back. Locked until the transaction ends. */
async function importedConversation(
  session: Session,
  owner: Owner,
  { identity, draft }: ImportRequest,
): Promise<{ seq: number; id: string } | null> {
  const [known] = await session.rows<{ seq: number; id: string }>(
    `SELECT c.seq, c.id FROM import_ledger l JOIN conversations c ON c.seq = l.conversation_seq
     WHERE l.owner = $1 AND l.source = $2 AND l.external_id = $3 FOR UPDATE OF c`,
    [owner, identity.source, identity.externalId],
  );
  if (known !== undefined || draft.id === undefined) return known ?? null;
  const [restored] = await session.rows<{ seq: number; id: string }>(
    "SELECT seq, id FROM conversations WHERE owner = $1 AND id = $2 FOR UPDATE",
    [owner, draft.id],
  );
  return restored ?? null;
}

/** In which conversations the given ids are. */
async function placesOf(
  session: Session,
  owner: Owner,
  drafts: readonly MessageDraft[],
): Promise<Map<string, number | null>> {
  const ids = drafts.flatMap((draft) => draft.id ?? []);
  if (ids.length === 0) return new Map();
  const rows = await session.rows<{ id: string; conversation: number }>(
    `SELECT id, conversation_seq AS conversation FROM messages
     WHERE owner = $1 AND id = ANY($2::text[])`,
    [owner, ids],
  );
  return new Map(rows.map((row) => [row.id, row.conversation]));
}
