import type {
  Conversation,
  ConversationDraft,
  ConversationFilter,
  ConversationPatch,
  ConversationStatus,
  Message,
  MessageDraft,
  Owner,
} from "../conversations/conversation.ts";
import type { ConversationSequence } from "./message-index.ts";

export interface Page {
  limit: number;
  offset: number;
}

export interface PageOf<T> {
  items: T[];
  total: number;
}

export interface ConversationSort {
  by: "updated_at" | "created_at" | "label" | "importance_score" | "message_count";
  direction: "asc" | "desc";
}

/** A create that must happen once: the key as the client sent it and a hash of the body. */
export interface IdempotencyClaim {
  key: string;
  bodyHash: string;
}

export interface CreateOutcome {
  conversation: Conversation;
  /** True when the same idempotency key had already stored it. */
  replayed: boolean;
}

export interface AppendOutcome {
  conversation: Conversation;
  messages: Message[];
  /** Messages left out because their import key was already there. */
  skipped: number;
}

export interface ConversationCounts {
  count: number;
  total: number;
  byStatus: Record<ConversationStatus | "pinned", number>;
}

export interface MemoryStats {
  conversations: ConversationCounts;
  messages: number;
  words: number;
  averageImportance: number;
  oldestMessageAt: number | null;
  newestMessageAt: number | null;
  folders: NamedCount[];
  labels: NamedCount[];
  tags: NamedCount[];
}

export interface NamedCount {
  name: string;
  count: number;
}

export interface DeleteOutcome {
  /** Ids that existed, in the order asked for. */
  deleted: string[];
  /** The same conversations as the vector store knows them. */
  sequences: ConversationSequence[];
}

/** Identity of an imported conversation in the source it came from. */
export interface ImportIdentity {
  /** chatgpt, claude, sekha, markdown, … */
  source: string;
  externalId: string;
}

export type ImportOutcome =
  | { state: "created"; conversationId: string; messages: number }
  | { state: "extended"; conversationId: string; messages: number }
  | { state: "unchanged"; conversationId: string; messages: 0 };

/**
 * The rows: conversations, messages, tags. Resolves only once the write is durable.
 * Every method rejects with `not_found` for an id of another owner, as for an unknown one.
 */
export interface ConversationStore {
  create(
    owner: Owner,
    draft: ConversationDraft,
    idempotency?: IdempotencyClaim,
  ): Promise<CreateOutcome>;
  /** All or nothing. */
  createMany(owner: Owner, drafts: ConversationDraft[]): Promise<Conversation[]>;
  append(owner: Owner, id: string, messages: MessageDraft[]): Promise<AppendOutcome>;
  /** Creates, or appends what is new, as the import ledger says (decisions.md 24, 36). */
  import(owner: Owner, identity: ImportIdentity, draft: ConversationDraft): Promise<ImportOutcome>;
  get(owner: Owner, id: string): Promise<Conversation>;
  /** By position, oldest first. */
  messages(owner: Owner, id: string, page: Page): Promise<PageOf<Message>>;
  /**
   * The turns within `reach` positions of each of these messages, themselves included, each once, in no order. Unknown
   * ids are left out.
   */
  turnsAround(owner: Owner, messageIds: string[], reach: number): Promise<Message[]>;
  list(
    owner: Owner,
    filter: ConversationFilter,
    page: Page & { sort?: ConversationSort },
  ): Promise<PageOf<Conversation>>;
  counts(owner: Owner, filter: ConversationFilter): Promise<ConversationCounts>;
  update(owner: Owner, id: string, patch: ConversationPatch): Promise<Conversation>;
  /** Erases conversations, messages, full-text entries, vectors, queue entries and summaries. */
  delete(owner: Owner, ids: string[]): Promise<DeleteOutcome>;
  /** Ids that match, at most `limit`, for bulk work in pages. */
  ids(owner: Owner, filter: ConversationFilter, limit: number): Promise<string[]>;
  /**
   * Export order: by creation, in pages by key rather than offset. `cursor` is opaque;
   * absent from the answer when there is nothing more.
   */
  scan(
    owner: Owner,
    filter: ConversationFilter,
    page: { limit: number; cursor?: string },
  ): Promise<{ items: Conversation[]; cursor?: string }>;
  stats(owner: Owner, filter: ConversationFilter): Promise<MemoryStats>;
  /** One message by id, with its conversation. */
  message(owner: Owner, id: string): Promise<{ message: Message; conversation: Conversation }>;
}
