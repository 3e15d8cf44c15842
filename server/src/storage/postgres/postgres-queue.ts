import type { Owner } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type {
  EmbeddingFailure,
  EmbeddingQueue,
  EmbeddingQueueStatus,
  EmbeddingTask,
} from "../../core/ports/embedding-queue.ts";
import type { PostgresDatabase } from "./database.ts";
import * as embeddings from "./embedding-writes.ts";
import type { LiveProcess } from "./live-process.ts";
import type { VectorTables } from "./vector-rows.ts";

/** The queue that all processes on one database share. */
export class PostgresQueue implements EmbeddingQueue {
  readonly #database: PostgresDatabase;
  readonly #process: LiveProcess;
  readonly #now: () => number;
  #tables: VectorTables | null = null;
  /** Claims of one process follow each other: beside each other they would only pass each other's rows over. */
  #lastClaim: Promise<unknown> = Promise.resolve();

  constructor(
    database: PostgresDatabase,
    { process, now }: { process: LiveProcess; now: () => number },
  ) {
    this.#database = database;
    this.#process = process;
    this.#now = now;
  }

  keepVectorsIn(tables: VectorTables | null): void {
    this.#tables = tables;
  }

  async claim(options: { limit: number; now: number; leaseMs: number }): Promise<EmbeddingTask[]> {
    await this.#process.live();
    const holder = this.#process.id;
    const claim = this.#lastClaim.then(() =>
      this.#database.asService((session) => embeddings.claimTasks(session, { ...options, holder })),
    );
    this.#lastClaim = claim.catch(() => undefined);
    return await claim;
  }

  async complete(
    model: EmbeddingModelIdentity,
    results: embeddings.EmbeddedMessage[],
  ): Promise<void> {
    if (results.length === 0) return;
    const tables = this.#tables;
    await tables?.prepare(model);
    await this.#database.asService((session) =>
      embeddings.completeTasks(session, model, { results, tables }),
    );
  }

  async fail(failures: EmbeddingFailure[]): Promise<void> {
    if (failures.length === 0) return;
    await this.#database.asService((session) => embeddings.failTasks(session, failures));
  }

  /** Those of this process and of dead ones: at a start others may be at work. */
  async releaseClaims(): Promise<number> {
    return await this.#database.asService((session) =>
      embeddings.releaseClaims(session, this.#process.id),
    );
  }

  async status(owner: Owner | null, now: number): Promise<EmbeddingQueueStatus> {
    const read = (session: Parameters<typeof embeddings.queueStatus>[0]) =>
      embeddings.queueStatus(session, owner, now);
    return owner === null
      ? await this.#database.asService(read)
      : await this.#database.forOwner(owner, read);
  }

  async retryParked(owner: Owner): Promise<number> {
    return await this.#database.forOwner(owner, (session) =>
      embeddings.retryParked(session, owner, this.#now()),
    );
  }

  async enqueueFrom(
    owner: Owner,
    options: { model: EmbeddingModelIdentity; cursor: number; limit: number; force: boolean },
  ): Promise<{ cursor: number | null; queued: number; scanned: number }> {
    return await this.#database.forOwner(owner, (session) =>
      embeddings.enqueueFrom(session, owner, { ...options, now: this.#now() }),
    );
  }
}
