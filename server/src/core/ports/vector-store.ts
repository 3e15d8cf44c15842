import type { MessageFilter, Owner } from "../conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "./embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "./message-index.ts";

/** `conversations_{dimension}` (decisions.md 20). */
export function collectionName(dimension: number): string {
  return `conversations_${dimension}`;
}

/** One vector as it enters a collection. */
export interface VectorEntry {
  message: MessageSequence;
  conversation: ConversationSequence;
  chunk: number;
  start: number;
  end: number;
  vector: Float32Array;
}

export interface VectorHit {
  message: MessageSequence;
  conversation: ConversationSequence;
  chunk: number;
  start: number;
  end: number;
  /** Cosine, -1 to 1; the best chunk of the message. */
  similarity: number;
}

export interface VectorQuery {
  model: EmbeddingModelIdentity;
  vector: Float32Array;
  filter: MessageFilter;
  limit: number;
}

export interface CollectionInfo {
  name: string;
  modelId: string;
  dimension: number;
  vectors: number;
  messages: number;
}

/**
 * Recall by meaning. One collection per dimension; a query sees only vectors of its own
 * owner and model. At most one hit a message.
 */
export interface VectorStore {
  /**
   * Makes entries searchable; called before the queue marks their messages done, so it may be
   * repeated and replaces what the same message had. An engine that reads the rows itself
   * (embedded) has nothing to do here.
   */
  add(owner: Owner, model: EmbeddingModelIdentity, entries: VectorEntry[]): Promise<void>;
  /**
   * Erases all vectors of these conversations, from memory, disk and every collection. Their ids serve collections that
   * know no sequences.
   */
  remove(
    owner: Owner,
    conversations: ConversationSequence[],
    ids?: readonly string[],
  ): Promise<void>;
  search(owner: Owner, query: VectorQuery): Promise<VectorHit[]>;
  /** The cosines of given messages (best chunk each); those without a vector are left out. */
  similarities(
    owner: Owner,
    query: Omit<VectorQuery, "filter" | "limit">,
    messages: MessageSequence[],
  ): Promise<Map<MessageSequence, number>>;
  collections(owner: Owner): Promise<CollectionInfo[]>;
  /** Rejects with the reason when searches cannot be served. */
  check(): Promise<void>;
  /** Before a rebuild queues messages: takes over what need not be embedded again. */
  beforeRebuild?(
    owner: Owner,
    model: EmbeddingModelIdentity,
    options: { force: boolean; signal: AbortSignal },
  ): Promise<void>;
  /** After a rebuild came to its end. */
  afterRebuild?(owner: Owner, model: EmbeddingModelIdentity, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
