import type { Owner } from "../conversations/conversation.ts";
import { errorMessage, isSekhaError, SekhaError } from "../errors.ts";
import type { Log } from "../log.ts";
import {
  type EmbeddingModel,
  type EmbeddingModelIdentity,
  type EmbeddingModels,
  identityOf,
} from "../ports/embedding-model.ts";
import type { EmbeddingFailure, EmbeddingQueue, EmbeddingTask } from "../ports/embedding-queue.ts";
import { collectionName, type VectorEntry, type VectorStore } from "../ports/vector-store.ts";

export interface EmbeddingWorkOptions {
  /** Messages claimed at once by a lane. */
  batchSize: number;
  /** Batches under way side by side, so that the model never waits for a commit. */
  lanes: number;
  /** Failures after which a message is parked; an outage of the embedder parks nothing. */
  maxAttempts: number;
  retryDelayMs: number;
  maxRetryDelayMs: number;
}

export interface EmbeddingWorkDependencies {
  queue: EmbeddingQueue;
  models: Pick<EmbeddingModels, "current">;
  vectors: VectorStore;
  log: Log;
  clock: () => number;
  options: EmbeddingWorkOptions;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface Embedded {
  task: EmbeddingTask;
  vectors: VectorEntry[];
}

interface Failed {
  task: EmbeddingTask;
  error: unknown;
}

const OUTAGE_RETRY_MS = 10_000;
/** Longer than any one message takes; a crash releases claims at the next start anyway. */
const LEASE_MS = 15 * 60_000;
const IDLE_POLL_MS = 1000;
/** Between tries while the model, the vectors or the database are out. */
const OUTAGE_POLL_MS = 5000;
/** Up to so many are named one by one in the log. */
const NAMED_IN_LOG = 5;

/** Takes messages from the durable queue, embeds them and stores their vectors, until stopped. */
export class EmbeddingWork {
  readonly #dependencies: EmbeddingWorkDependencies;
  readonly #stop = new AbortController();
  readonly #stopping = Promise.withResolvers<void>();
  readonly #waiting = new Set<() => void>();
  #settled = Promise.withResolvers<void>();
  /** Counts calls of `wake`, so that one between a look and the pause after it is not lost. */
  #wakes = 0;
  #lanes: Promise<void>[] = [];
  /** What the queue could not be told while the database was out; their claims would hold for long. */
  #untold: EmbeddingFailure[] = [];
  /** Ids of models whose dimension and collection the log has named. */
  readonly #announced = new Set<string>();

  constructor(dependencies: EmbeddingWorkDependencies) {
    this.#dependencies = dependencies;
  }

  /** Begins to work; claims of a process that died become pending again first. */
  async start(): Promise<void> {
    const { queue, options, log } = this.#dependencies;
    const released = await queue.releaseClaims();
    if (released > 0) log.info(`Going on with ${released} messages that were being embedded`);
    this.#lanes = Array.from({ length: options.lanes }, () => this.#runLane());
  }

  /** Says that there may be work. */
  wake(): void {
    this.#wakes += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves after the next batch is settled, or when stopped. */
  nextSettled(): Promise<void> {
    return this.#stop.signal.aborted ? Promise.resolve() : this.#settled.promise;
  }

  /** Finishes nothing more: what is claimed returns to pending at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopping.resolve();
    this.wake();
    this.#settle();
    await Promise.all(this.#lanes);
  }

  async #runLane(): Promise<void> {
    const { signal } = this.#stop;
    const { log } = this.#dependencies;
    while (!signal.aborted) {
      const wakes = this.#wakes;
      try {
        const outcome = await this.#workOnce();
        if (outcome === "idle" && wakes === this.#wakes) await this.#pause(IDLE_POLL_MS);
        if (outcome === "outage") await this.#pause(OUTAGE_POLL_MS);
      } catch (error) {
        if (signal.aborted) return;
        // The queue keeps the work: the database may be back in a moment.
        log.warn(`Embedding pauses: ${errorMessage(error)}`);
        await this.#pause(OUTAGE_POLL_MS);
      }
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#waiting.add(wake);
    await this.#dependencies.sleep(milliseconds, woken.signal);
    this.#waiting.delete(wake);
  }

  async #workOnce(): Promise<"worked" | "idle" | "outage"> {
    const { queue, clock, options } = this.#dependencies;
    await this.#tell([]);
    const tasks = await queue.claim({ limit: options.batchSize, now: clock(), leaseMs: LEASE_MS });
    if (tasks.length === 0) return "idle";
    // One model for a whole batch, whatever is configured meanwhile.
    const model = this.#dependencies.models.current;
    const outcomes = await Promise.all(tasks.map((task) => this.#embed(task, model)));
    if (this.#stop.signal.aborted) return "worked";
    const embedded = outcomes.filter((outcome) => "vectors" in outcome);
    const unstored = await this.#store(embedded, model);
    const failed = [...outcomes.filter((outcome) => "error" in outcome), ...unstored];
    await this.#refuse(failed);
    this.#settle();
    const out = failed.length === tasks.length && failed.every(({ error }) => isOutage(error));
    return out ? "outage" : "worked";
  }

  async #embed(task: EmbeddingTask, model: EmbeddingModel): Promise<Embedded | Failed> {
    try {
      await this.#ready(model);
      const chunks = await model.embedDocument(task.text, this.#stop.signal, task.owner);
      const vectors = chunks.map((chunk, index) => ({
        message: task.message,
        conversation: task.conversation,
        chunk: index,
        start: chunk.start,
        end: chunk.end,
        vector: chunk.vector,
      }));
      return { task, vectors };
    } catch (error) {
      return { task, error };
    }
  }

  /** A model that does not load is an outage: its messages wait, none is given up. */
  async #ready(model: EmbeddingModel): Promise<void> {
    try {
      // A stop does not wait for a model that is still loading.
      await Promise.race([model.ready(), this.#stopping.promise]);
    } catch (error) {
      throw outage(error);
    }
    this.#stop.signal.throwIfAborted();
  }

  /** What could not be stored comes back as failed: it is no fault of the messages. */
  async #store(embedded: readonly Embedded[], model: EmbeddingModel): Promise<Failed[]> {
    if (embedded.length === 0) return [];
    try {
      await this.#keep(embedded, identityOf(model));
    } catch (error) {
      return embedded.map(({ task }) => ({ task, error: outage(error) }));
    }
    this.#report(
      embedded.filter(({ vectors }) => vectors.length > 0),
      identityOf(model),
    );
    return [];
  }

  async #keep(embedded: readonly Embedded[], identity: EmbeddingModelIdentity): Promise<void> {
    const { vectors, queue } = this.#dependencies;
    const byOwner = new Map<Owner, VectorEntry[]>();
    for (const { task, vectors: entries } of embedded) {
      byOwner.set(task.owner, [...(byOwner.get(task.owner) ?? []), ...entries]);
    }
    for (const [owner, entries] of byOwner) await vectors.add(owner, identity, entries);
    const results = embedded.map(({ task, vectors: entries }) => ({
      owner: task.owner,
      message: task.message,
      vectors: entries,
    }));
    await queue.complete(identity, results);
  }

  #report(embedded: readonly Embedded[], { id, dimension, name }: EmbeddingModelIdentity): void {
    if (embedded.length === 0) return;
    const { log } = this.#dependencies;
    const collection = collectionName(dimension);
    if (!this.#announced.has(id)) {
      this.#announced.add(id);
      log.info(`Detected dimension ${dimension} for model ${name} (cached)`);
      log.info(
        `Embedding routed to collection ${collection} (dimension=${dimension}, model=${name})`,
      );
    }
    if (embedded.length > NAMED_IN_LOG) {
      log.info(
        `Successfully stored embeddings for ${embedded.length} messages in collection ${collection}`,
      );
      return;
    }
    for (const { task } of embedded) {
      log.info(
        `Successfully stored embedding for message ${task.messageId} in collection ${collection}`,
      );
    }
  }

  async #refuse(failed: readonly Failed[]): Promise<void> {
    if (failed.length === 0) return;
    const { clock, log } = this.#dependencies;
    const now = clock();
    const failures = failed.map(({ task, error }) => ({
      message: task.message,
      reason: errorMessage(error),
      retryAt: this.#retryAt(task, error, now),
      outage: isOutage(error),
    }));
    await this.#tell(failures);
    const parked = failures.filter((failure) => failure.retryAt === null).length;
    log.warn(
      `Embedding failed for ${failed.length} messages (${failures[0]?.reason}); ${parked} given up, the others are tried again`,
    );
  }

  /** Tells the queue what failed; what it does not take now is told before anything else is claimed. */
  async #tell(failures: readonly EmbeddingFailure[]): Promise<void> {
    const { queue, clock } = this.#dependencies;
    const all = [...this.#untold, ...failures];
    if (all.length === 0) return;
    this.#untold = [];
    try {
      await queue.fail(all, clock());
    } catch (error) {
      this.#untold.push(...all);
      throw error;
    }
  }

  /** Doubling waits; while the embedder is out nothing is parked and the waits stay short. */
  #retryAt(task: EmbeddingTask, error: unknown, now: number): number | null {
    const { maxAttempts, retryDelayMs, maxRetryDelayMs } = this.#dependencies.options;
    if (isOutage(error)) return now + Math.min(maxRetryDelayMs, OUTAGE_RETRY_MS);
    if (task.attempts + 1 >= maxAttempts) return null;
    return now + Math.min(maxRetryDelayMs, retryDelayMs * 2 ** Math.min(task.attempts, 20));
  }

  #settle(): void {
    this.#settled.resolve();
    this.#settled = Promise.withResolvers<void>();
  }
}

function outage(error: unknown): SekhaError {
  return new SekhaError("embedding_unavailable", errorMessage(error), { cause: error });
}

function isOutage(error: unknown): boolean {
  return isSekhaError(error) && error.code === "embedding_unavailable";
}
