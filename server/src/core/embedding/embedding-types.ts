import type { Owner } from "../conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../ports/embedding-model.ts";
import type { EmbeddingQueueStatus } from "../ports/embedding-queue.ts";
import type { Job } from "../ports/job-store.ts";
import type { CollectionInfo } from "../ports/vector-store.ts";

export interface EmbeddingsReport {
  model: EmbeddingModelIdentity;
  collection: string;
  queue: EmbeddingQueueStatus;
  collections: CollectionInfo[];
}

/** The background embedding as HTTP and CLI see it. Implemented by EmbeddingWork. */
export interface Embeddings {
  report(owner: Owner): Promise<EmbeddingsReport>;
  retryParked(owner: Owner): Promise<number>;
  /** Starts (or joins) a resumable rebuild; rejects with `not_found` for an unknown model. */
  rebuild(owner: Owner, options: { force: boolean; model?: string }): Promise<Job>;
  /** Resolves when nothing of this conversation waits for its vectors, or at the deadline. */
  settled(
    owner: Owner,
    conversationId: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void>;
  /** Tells the worker that there may be work. */
  wake(): void;
}
