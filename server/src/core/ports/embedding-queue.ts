import type { Owner } from "../conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "./embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "./message-index.ts";
import type { VectorEntry } from "./vector-store.ts";

/** A message to embed. `attempts` counts the failures so far. */
export interface EmbeddingTask {
  owner: Owner;
  message: MessageSequence;
  messageId: string;
  conversation: ConversationSequence;
  text: string;
  attempts: number;
}

export interface EmbeddingFailure {
  message: MessageSequence;
  reason: string;
  /** Milliseconds since the epoch; null parks the task until it is re-driven. */
  retryAt: number | null;
  /** The embedder was out: not this message's fault, so it does not count as an attempt. */
  outage?: boolean;
}

export interface EmbeddingQueueStatus {
  pending: number;
  processing: number;
  parked: number;
  embedded: number;
  /** Age of the oldest pending task in milliseconds, null when none. */
  oldestPendingMs: number | null;
  /** Newest parked tasks with why, at most 20. */
  failures: { messageId: string; reason: string; attempts: number }[];
}

/**
 * Durable work list of messages without vectors for a model. Filled in the transaction that
 * stores the text; a claim that is never settled returns to pending when the process restarts
 * or its lease ends.
 */
export interface EmbeddingQueue {
  /** Oldest first, at most `limit`, never the same task to two claimants at once. */
  claim(options: { limit: number; now: number; leaseMs: number }): Promise<EmbeddingTask[]>;
  /** Vectors and done marks in one transaction. A message deleted meanwhile is skipped. */
  complete(
    model: EmbeddingModelIdentity,
    results: { owner: Owner; message: MessageSequence; vectors: VectorEntry[] }[],
  ): Promise<void>;
  fail(failures: EmbeddingFailure[], now: number): Promise<void>;
  /** Every claim back to pending; for the start of a process. */
  releaseClaims(): Promise<number>;
  status(owner: Owner | null, now: number): Promise<EmbeddingQueueStatus>;
  /** Parked tasks back to pending. */
  retryParked(owner: Owner): Promise<number>;
  /**
   * Queues the next messages after `cursor` that should be embedded again; for resumable
   * rebuilds. `force` also queues those that already have vectors of the model.
   */
  enqueueFrom(
    owner: Owner,
    options: { model: EmbeddingModelIdentity; cursor: number; limit: number; force: boolean },
  ): Promise<{ cursor: number | null; queued: number; scanned: number }>;
}
