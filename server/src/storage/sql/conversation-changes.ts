import type {
  Conversation,
  ConversationDraft,
  ConversationPatch,
  ImportanceSource,
  MessageDraft,
} from "../../core/conversations/conversation.ts";

const PINNED_IMPORTANCE = 10;

/** The columns of a new conversation, but for its number and counts. */
export interface NewConversation {
  id: string;
  label: string;
  folder: string;
  status: "active" | "archived";
  pinned: number;
  importance_score: number;
  importance_source: ImportanceSource;
  importance_before_pin: number | null;
  judged_messages: number;
  created_at: number;
  updated_at: number;
  session_id: string | null;
  metadata: string;
}

export function newConversation(
  draft: ConversationDraft,
  { now, newId }: { now: number; newId: () => string },
): NewConversation {
  const created = draft.createdAt ?? now;
  const importance = draft.importanceScore ?? 5;
  const source =
    draft.importanceSource ?? (draft.importanceScore === undefined ? "default" : "user");
  return {
    id: draft.id ?? newId(),
    label: draft.label,
    folder: draft.folder,
    status: draft.status ?? "active",
    pinned: draft.pinned === true ? 1 : 0,
    importance_score: draft.pinned === true ? PINNED_IMPORTANCE : importance,
    importance_source: source,
    importance_before_pin: draft.pinned === true ? importance : null,
    // Restored as it was; a model need not judge it again.
    judged_messages: source === "model" ? draft.messages.length : 0,
    created_at: created,
    updated_at: draft.updatedAt ?? created,
    session_id: draft.sessionId ?? null,
    metadata: JSON.stringify(draft.metadata ?? {}),
  };
}

/** What `raisedByRules` does in SQL, for a row that is not written yet. */
export function judgedByRules(row: NewConversation, score: number | null): NewConversation {
  const { importance_source: source, importance_score: known, pinned } = row;
  if (score === null || pinned === 1 || source === "user" || source === "model") return row;
  const raised = source === "default" ? score : Math.max(known, score);
  return { ...row, importance_source: "heuristic", importance_score: raised };
}

/** The columns that a patch changes; tags are rows of their own. */
export function changedColumns(
  patch: ConversationPatch,
  current: Conversation,
  beforePin: number | null,
): Record<string, number | string | null> {
  return {
    ...(patch.label === undefined ? {} : { label: patch.label }),
    ...(patch.folder === undefined ? {} : { folder: patch.folder }),
    ...(patch.status === undefined ? {} : { status: patch.status }),
    ...(patch.importanceScore === undefined ? {} : { importance_score: patch.importanceScore }),
    ...(patch.importanceSource === undefined ? {} : { importance_source: patch.importanceSource }),
    ...(patch.metadata === undefined ? {} : { metadata: JSON.stringify(patch.metadata) }),
    ...pinChange(patch, current, beforePin),
  };
}

function pinChange(
  patch: ConversationPatch,
  current: Conversation,
  before: number | null,
): Record<string, number | string | null> {
  if (patch.pinned === true && !current.pinned) {
    return {
      pinned: 1,
      status: "active",
      importance_before_pin: patch.importanceScore ?? current.importanceScore,
      importance_score: PINNED_IMPORTANCE,
    };
  }
  if (patch.pinned === false && current.pinned) {
    return {
      pinned: 0,
      importance_score: patch.importanceScore ?? before ?? current.importanceScore,
      importance_before_pin: null,
    };
  }
  if (!current.pinned || patch.importanceScore === undefined) return {};
  // Unpinning returns to what was set last; until then only a person moves a pinned score.
  const byPerson = (patch.importanceSource ?? "user") === "user";
  return {
    importance_before_pin: patch.importanceScore,
    ...(byPerson ? {} : { importance_score: current.importanceScore }),
  };
}

/** The first draft of each import key that is not among the seen ones. */
export function withoutRepeats(drafts: readonly MessageDraft[], seen: Set<string>): MessageDraft[] {
  return drafts.filter(({ importKey }) => {
    if (importKey === undefined) return true;
    const fresh = !seen.has(importKey);
    seen.add(importKey);
    return fresh;
  });
}

/**
 * Leaves out messages that a restored export brings and that this conversation has. An id that another conversation
 * has cannot be taken again: the message gets a new one and keeps the old as its import key, so that nothing is lost
 * and the next import knows it. `places` says in which conversation each id is.
 */
export function withoutStored(
  drafts: readonly MessageDraft[],
  { places, conversation }: { places: Map<string, number | null>; conversation: number | null },
): MessageDraft[] {
  return drafts.flatMap((draft) => {
    if (draft.id === undefined) return [draft];
    const place = places.get(draft.id);
    places.set(draft.id, conversation);
    if (place === undefined) return [draft];
    if (place === conversation) return [];
    const { id, ...rest } = draft;
    return [{ ...rest, importKey: draft.importKey ?? id }];
  });
}
