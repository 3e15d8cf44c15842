import type { ConversationStore } from "../../core/ports/conversation-store.ts";
import type { CostStore } from "../../core/ports/cost-store.ts";
import type { EmbeddingQueue } from "../../core/ports/embedding-queue.ts";
import type { FactStore } from "../../core/ports/fact-store.ts";
import type { ImportanceWork } from "../../core/ports/importance-work.ts";
import type { JobStore } from "../../core/ports/job-store.ts";
import type { KeyStore } from "../../core/ports/key-store.ts";
import type { MessageIndex } from "../../core/ports/message-index.ts";
import type { SummaryStore } from "../../core/ports/summary-store.ts";
import type { UserStore } from "../../core/ports/user-store.ts";

/** The ports that one engine serves together. */
export interface Stores {
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
}

/** An empty store for one test. */
export interface OpenStores extends Stores {
  close(): Promise<void>;
}

export type StoresFactory = () => Promise<OpenStores>;
