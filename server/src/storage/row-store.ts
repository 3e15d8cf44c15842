import type { Owner } from "../core/conversations/conversation.ts";
import type { ConversationStore } from "../core/ports/conversation-store.ts";
import type { CostStore } from "../core/ports/cost-store.ts";
import type { EmbeddingQueue } from "../core/ports/embedding-queue.ts";
import type { FactStore } from "../core/ports/fact-store.ts";
import type { ImportanceWork } from "../core/ports/importance-work.ts";
import type { JobStore } from "../core/ports/job-store.ts";
import type { KeyStore } from "../core/ports/key-store.ts";
import type { MessageIndex } from "../core/ports/message-index.ts";
import type { SummaryStore } from "../core/ports/summary-store.ts";
import type { UserStore } from "../core/ports/user-store.ts";
import type { VectorRowSource } from "./vectors/vector-row-source.ts";

/** Everything the rows serve, whatever engine keeps them. */
export interface RowStore {
  conversations: ConversationStore;
  index: MessageIndex;
  queue: EmbeddingQueue;
  jobs: JobStore;
  importance: ImportanceWork;
  summaries: SummaryStore;
  facts: FactStore;
  keys: KeyStore;
  users: UserStore;
  costs: CostStore;
  /** What vector engines outside the rows read of them. */
  vectorRows: VectorRowSource;
  /** Every model that has embedded something. */
  embeddingModels(): Promise<{ id: string; dimension: number }[]>;
  /** Of every owner, for metrics. */
  totals(): Promise<{ conversations: number; messages: number; vectors: number }>;
  /** Rejects when rows cannot be read and written. */
  check(): Promise<void>;
  /** Reads what searches of an owner need ahead, in small steps between which searches are served. */
  warm(owner: Owner, signal: AbortSignal): Promise<void>;
  /**
   * A consistent copy while everything goes on.
   * @throws SekhaError `invalid_request` from an engine that is backed up with its own tools.
   */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}
