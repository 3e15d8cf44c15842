import type { JsonObject, Owner } from "../conversations/conversation.ts";
import { errorMessage, SekhaError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import {
  type EmbeddingModelIdentity,
  type EmbeddingModels,
  identityOf,
} from "../ports/embedding-model.ts";
import type { EmbeddingQueue } from "../ports/embedding-queue.ts";
import type { Job, JobStore } from "../ports/job-store.ts";
import { collectionName, type VectorStore } from "../ports/vector-store.ts";
import type { Embeddings, EmbeddingsReport } from "./embedding-types.ts";
import type { EmbeddingWork } from "./embedding-work.ts";

export interface EmbeddingServiceDependencies {
  work: EmbeddingWork;
  /** Says that there may be work. */
  wake: () => void;
  models: EmbeddingModels;
  queue: EmbeddingQueue;
  vectors: VectorStore;
  store: ConversationStore;
  jobs: JobStore;
  log: Log;
  clock: () => number;
  newId: () => string;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const ENQUEUE_PAGE = 2000;
const PROGRESS_EVERY_MS = 1000;

interface RebuildState {
  phase: "queueing" | "embedding";
  cursor: number;
  queued: number;
  force: boolean;
  model: string;
}

/** The background embedding as HTTP and CLI see it: status, retries, waiting, rebuilds. */
export class EmbeddingService implements Embeddings {
  readonly #dependencies: EmbeddingServiceDependencies;
  readonly #stop = new AbortController();
  readonly #rebuilds = new Map<Owner, { job: Promise<Job>; done: Promise<void> }>();

  constructor(dependencies: EmbeddingServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Goes on with the rebuilds that nobody works on: those that a restart interrupted, and where several controllers share
   * the rows, those of one that is gone.
   */
  async adopt(isOrphan: (job: Job) => boolean): Promise<void> {
    for (const { owner, job } of await this.#dependencies.jobs.unfinished()) {
      if (job.kind !== "rebuild_embeddings" || !isOrphan(job) || this.#rebuilds.has(owner))
        continue;
      await this.#run(owner, Promise.resolve(job));
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#rebuilds.values()].map(({ done }) => done));
  }

  wake(): void {
    this.#dependencies.wake();
  }

  async report(owner: Owner): Promise<EmbeddingsReport> {
    const { models, queue, vectors, clock } = this.#dependencies;
    const [status, collections] = await Promise.all([
      queue.status(owner, clock()),
      vectors.collections(owner),
    ]);
    const { identity, name } = models.current;
    return {
      model: identity ?? { name: name ?? "", id: name ?? "", dimension: 0 },
      collection: identity === null ? "" : collectionName(identity.dimension),
      queue: status,
      collections,
    };
  }

  async retryParked(owner: Owner): Promise<number> {
    const retried = await this.#dependencies.queue.retryParked(owner);
    this.wake();
    return retried;
  }

  async settled(
    owner: Owner,
    conversationId: string,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<void> {
    const { store, work, sleep } = this.#dependencies;
    const stop = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    while (!stop.aborted && !this.#stop.signal.aborted) {
      const conversation = await store.get(owner, conversationId);
      if (conversation.embeddingStatus !== "pending") return;
      // The poll covers a batch that was settled between the look and the wait.
      await Promise.race([work.nextSettled(), sleep(200, stop)]);
    }
  }

  async rebuild(owner: Owner, options: { force: boolean; model?: string }): Promise<Job> {
    const identity = await this.#identity();
    if (options.model !== undefined && ![identity.id, identity.name].includes(options.model)) {
      throw new SekhaError(
        "not_found",
        `No embedding model "${options.model}" is configured; the current one is ${identity.name}.`,
      );
    }
    const running = this.#rebuilds.get(owner);
    const job = await (running?.job ??
      this.#run(owner, this.#newJob(owner, options.force, identity)));
    return { ...job };
  }

  /** The current model's; where its dimension is not known yet, it is found out now. */
  async #identity(): Promise<EmbeddingModelIdentity> {
    const { current } = this.#dependencies.models;
    if (current.identity === null) await current.ready();
    return identityOf(current);
  }

  async #newJob(owner: Owner, force: boolean, identity: EmbeddingModelIdentity): Promise<Job> {
    const { clock, newId, jobs, store } = this.#dependencies;
    const { messages } = await store.stats(owner, {});
    const now = clock();
    const state: RebuildState = {
      phase: "queueing",
      cursor: 0,
      queued: 0,
      force,
      model: identity.id,
    };
    const job: Job = {
      id: newId(),
      kind: "rebuild_embeddings",
      state: "running",
      progress: { done: 0, total: messages },
      detail: { ...state },
      error: null,
      createdAt: now,
      updatedAt: now,
    };
    await jobs.put(owner, job);
    return job;
  }

  /** One rebuild an owner at a time: whoever asks while it begins joins it too. */
  #run(owner: Owner, job: Promise<Job>): Promise<Job> {
    const done = job
      .then(
        (begun) => this.#perform(owner, begun),
        // Whoever asked for the rebuild is told that it could not begin.
        () => undefined,
      )
      .finally(() => this.#rebuilds.delete(owner));
    this.#rebuilds.set(owner, { job, done });
    return job;
  }

  async #perform(owner: Owner, job: Job): Promise<void> {
    const state = rebuildState(job.detail);
    try {
      await this.#checkModel(state);
      if (state.phase === "queueing") await this.#enqueueAll(owner, job, state);
      await this.#followQueue(owner, job, state);
      if (this.#stop.signal.aborted) return;
      const model = await this.#identity();
      await this.#dependencies.vectors.afterRebuild?.(owner, model, this.#stop.signal);
      await this.#save(owner, job, { state: "done" });
    } catch (error) {
      // It stays unfinished, and goes on after the restart.
      if (this.#stop.signal.aborted) return;
      this.#dependencies.log.error(`Rebuilding embeddings failed: ${errorMessage(error)}`);
      await this.#save(owner, job, { state: "failed", error: errorMessage(error) }).catch(
        // The store itself is out; the job stays unfinished and goes on after a restart.
        () => undefined,
      );
    }
  }

  /** The cursor of another model's rebuild says nothing of this one's vectors. */
  async #checkModel(state: RebuildState): Promise<void> {
    const { id, name } = await this.#identity();
    if (state.model === id) return;
    throw new SekhaError(
      "conflict",
      `This rebuild was for the model ${state.model}, and ${name} is configured now. Start a new one.`,
    );
  }

  async #enqueueAll(owner: Owner, job: Job, state: RebuildState): Promise<void> {
    const { queue, vectors } = this.#dependencies;
    const model = await this.#identity();
    const { force } = state;
    await vectors.beforeRebuild?.(owner, model, { force, signal: this.#stop.signal });
    let cursor: number | null = state.cursor;
    while (cursor !== null && !this.#stop.signal.aborted) {
      const page: { cursor: number | null; queued: number } = await queue.enqueueFrom(owner, {
        model,
        cursor,
        limit: ENQUEUE_PAGE,
        force: state.force,
      });
      cursor = page.cursor;
      state.queued += page.queued;
      state.cursor = cursor ?? state.cursor;
      await this.#save(owner, job, { detail: { ...state } });
      this.wake();
    }
    if (cursor !== null) return;
    state.phase = "embedding";
    await this.#save(owner, job, { detail: { ...state } });
  }

  async #followQueue(owner: Owner, job: Job, state: RebuildState): Promise<void> {
    const { queue, clock, sleep } = this.#dependencies;
    while (!this.#stop.signal.aborted) {
      const { pending, processing } = await queue.status(owner, clock());
      const open = pending + processing;
      const total = Math.max(job.progress.total, open);
      await this.#save(owner, job, { progress: { done: total - open, total } });
      if (state.phase === "embedding" && open === 0) return;
      await sleep(PROGRESS_EVERY_MS, this.#stop.signal);
    }
  }

  async #save(owner: Owner, job: Job, change: Partial<Job>): Promise<void> {
    Object.assign(job, change, { updatedAt: this.#dependencies.clock() });
    await this.#dependencies.jobs.put(owner, job);
  }
}

function rebuildState(detail: JsonObject): RebuildState {
  const { phase, cursor, queued, force, model } = detail;
  return {
    phase: phase === "embedding" ? "embedding" : "queueing",
    cursor: typeof cursor === "number" ? cursor : 0,
    queued: typeof queued === "number" ? queued : 0,
    force: force === true,
    model: typeof model === "string" ? model : "",
  };
}
