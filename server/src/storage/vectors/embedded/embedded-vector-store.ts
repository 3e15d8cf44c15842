import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Owner } from "../../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "../../../core/ports/message-index.ts";
import type {
  CollectionInfo,
  VectorHit,
  VectorQuery,
  VectorStore,
} from "../../../core/ports/vector-store.ts";
import { checkQueryLimit, checkQueryVector } from "../query-vector.ts";
import { WorkerClient } from "./worker-client.ts";
import type { WorkerOptions } from "./worker-protocol.ts";

export interface EmbeddedVectorStoreOptions {
  /** The SQLite file whose table `vectors` is the truth. */
  databaseFile: string;
  /** Where vector files go; made when missing. What is in it can be deleted at any time. */
  directory: string;
  log: (level: "info" | "warn", message: string) => void;
  /** How often the worker looks for new rows on its own, milliseconds. */
  pollMs?: number;
  /** Quiet time before a changed partition is written to its file, milliseconds. */
  quietMs?: number;
  /** Starts the thread; for tests that end it. */
  startWorker?: (options: WorkerOptions) => Worker;
}

const DEFAULT_POLL_MS = 500;
const DEFAULT_QUIET_MS = 5000;

/** Recall by meaning inside the process: an exact search over int8 vectors in a worker thread. */
export function createEmbeddedVectorStore(
  options: EmbeddedVectorStoreOptions,
): EmbeddedVectorStore {
  return new EmbeddedVectorStore(options);
}

/** The worker's file has the extension of this one: .ts from source, .js when built. */
export function startVectorWorker(options: WorkerOptions): Worker {
  const extension = extname(fileURLToPath(import.meta.url));
  return new Worker(new URL(`./vector-worker${extension}`, import.meta.url), {
    name: "sekha-vectors",
    workerData: options,
  });
}

export class EmbeddedVectorStore implements VectorStore {
  readonly #worker: WorkerClient;

  constructor(options: EmbeddedVectorStoreOptions) {
    const start = options.startWorker ?? startVectorWorker;
    this.#worker = new WorkerClient({
      log: options.log,
      start: () =>
        start({
          databaseFile: options.databaseFile,
          directory: options.directory,
          pollMs: options.pollMs ?? DEFAULT_POLL_MS,
          quietMs: options.quietMs ?? DEFAULT_QUIET_MS,
        }),
    });
  }

  /** Nothing to do: the rows are written by the embedding queue and every search reads new ones. */
  async add(): Promise<void> {
    // What is committed is found; what is not must not be.
  }

  async remove(owner: Owner, conversations: ConversationSequence[]): Promise<void> {
    if (conversations.length > 0) {
      await this.#worker.call("remove", { owner, conversations });
    }
  }

  async search(owner: Owner, query: VectorQuery): Promise<VectorHit[]> {
    const { model, vector, filter, limit } = query;
    checkQueryVector(query);
    checkQueryLimit(limit);
    if (limit === 0) {
      return [];
    }
    return await this.#worker.call("search", { owner, model, vector, filter, limit });
  }

  async similarities(
    owner: Owner,
    query: Omit<VectorQuery, "filter" | "limit">,
    messages: MessageSequence[],
  ): Promise<Map<MessageSequence, number>> {
    const { model, vector } = query;
    checkQueryVector(query);
    return await this.#worker.call("similarities", { owner, model, vector, messages });
  }

  async collections(owner: Owner): Promise<CollectionInfo[]> {
    return await this.#worker.call("collections", { owner });
  }

  async check(): Promise<void> {
    await this.#worker.call("check", undefined);
  }

  /** Loads the vectors ahead of the first search, which otherwise waits for it. */
  async warm(owner: Owner, model: EmbeddingModelIdentity): Promise<void> {
    await this.#worker.call("warm", { owner, model });
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
