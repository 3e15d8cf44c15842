import type { ConversationStatus, Owner } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "../../core/ports/message-index.ts";

/** A message's place in the rows, found by its id. */
export interface LocatedMessage {
  id: string;
  message: MessageSequence;
  conversation: ConversationSequence;
  /** UTF-16 units of its text. */
  length: number;
}

/** What a vector database keeps beside a vector. */
export interface MessageDescription {
  message: MessageSequence;
  messageId: string;
  conversation: ConversationSequence;
  conversationId: string;
  role: string;
  folder: string;
  label: string;
  status: ConversationStatus;
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/** Where a vector stands in its message. */
export interface ChunkPlace {
  message: MessageSequence;
  chunk: number;
  start: number;
  end: number;
}

/** A vector as the rows have it. */
export interface RowVector extends MessageDescription {
  /** Grows with every vector that is written. */
  sequence: number;
  owner: Owner;
  modelId: string;
  chunk: number;
  start: number;
  end: number;
  /** Little-endian float32. */
  vector: Uint8Array;
}

/** What vector engines outside the database need of the rows, which are the truth. */
export interface VectorRowSource {
  /** Those of these messages that exist and belong to the owner, in no order. */
  locate(owner: Owner, messageIds: readonly string[]): Promise<LocatedMessage[]>;
  /** Those of these messages that exist and belong to the owner, in no order. */
  describe(owner: Owner, messages: readonly MessageSequence[]): Promise<MessageDescription[]>;
  /** All vectors that a model has of these messages, in no order. */
  vectorsOf(
    owner: Owner,
    modelId: string,
    messages: readonly MessageSequence[],
  ): Promise<{ message: MessageSequence; chunk: number; vector: Uint8Array }[]>;
  /** The same without the vectors themselves. */
  chunksOf(
    owner: Owner,
    modelId: string,
    messages: readonly MessageSequence[],
  ): Promise<ChunkPlace[]>;
  /** The next vectors of one dimension after a sequence, of every owner, ascending; none at the end. */
  vectorsAfter(page: { dimension: number; after: number; limit: number }): Promise<RowVector[]>;
  /** How many vectors there are of each dimension that a model ever had, of every owner. */
  vectorCounts(): Promise<{ dimension: number; vectors: number }[]>;
  /** What each model has of an owner; models without vectors are left out. */
  collections(
    owner: Owner,
  ): Promise<
    (Pick<EmbeddingModelIdentity, "id" | "dimension"> & { vectors: number; messages: number })[]
  >;
  /** A note that an engine keeps with the memory; null when there is none. */
  note(key: string): Promise<string | null>;
  setNote(key: string, value: string): Promise<void>;
  /** Writes the note unless there is one, and answers what stands there then. */
  noteOnce(key: string, value: string): Promise<string>;
}
