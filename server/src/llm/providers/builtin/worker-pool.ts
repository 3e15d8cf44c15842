import type { Worker } from "node:worker_threads";
import { SekhaError } from "../../../core/errors.ts";
import { type PendingJob, SupervisedWorker, type WorkerCrash } from "./supervised-worker.ts";
import type { JobKind, JobRequest, ReadyDetails, WorkerJobs } from "./worker-protocol.ts";

export interface PoolLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface WorkerPoolOptions {
  /** For the log, e.g. `query`. */
  label: string;
  size: number;
  depth: number;
  start(): Worker;
  restartDelay(crashes: number): number;
  log: PoolLog;
}

/** Crashes in a row at the first start after which the pool gives up. */
const CRASHES_UNTIL_BROKEN = 3;

/** A queue of jobs before some equal workers, first come, first served. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #queue = new Set<PendingJob>();
  readonly #workers: SupervisedWorker[];
  readonly #ready: Promise<ReadyDetails>;
  #resolveReady: (details: ReadyDetails) => void = ignore;
  #rejectReady: (error: Error) => void = ignore;
  #wasReady = false;
  #failure: SekhaError | undefined;
  #nextId = 1;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever asks through ready() gets the error; nobody asking is no crash of the process.
    this.#ready.catch(ignore);
    this.#workers = Array.from({ length: options.size }, () => this.#createWorker());
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Resolves with the first worker that has loaded; rejects when none ever will. */
  ready(): Promise<ReadyDetails> {
    return this.#ready;
  }

  /** The input of an `embed` job is transferred: it is empty afterwards. */
  run<Kind extends JobKind>(
    kind: Kind,
    input: WorkerJobs[Kind]["input"],
    signal?: AbortSignal,
  ): Promise<WorkerJobs[Kind]["output"]> {
    const failure = this.#failure ?? this.#outage();
    if (failure) return Promise.reject(failure);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#queue.delete(job);
        reject(signal?.reason);
      };
      const settle = () => signal?.removeEventListener("abort", abort);
      const job: PendingJob = {
        // A generic kind and its input are not seen as one member of the union.
        request: { kind, id: this.#nextId, input } as JobRequest,
        resolve(output) {
          settle();
          resolve(output as WorkerJobs[Kind]["output"]);
        },
        reject(error) {
          settle();
          reject(error);
        },
      };
      this.#nextId += 1;
      signal?.addEventListener("abort", abort, { once: true });
      this.#queue.add(job);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#fail(
      new SekhaError("embedding_unavailable", "The embedded model is shutting down; try again."),
    );
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #createWorker(): SupervisedWorker {
    return new SupervisedWorker({
      start: this.#options.start,
      depth: this.#options.depth,
      restartDelay: this.#options.restartDelay,
      onReady: (details) => {
        this.#wasReady = true;
        this.#resolveReady(details);
      },
      onFree: () => this.#dispatch(),
      onCrash: (crash) => this.#crashed(crash),
    });
  }

  #dispatch(): void {
    for (const job of this.#queue) {
      const worker = this.#freestWorker();
      if (!worker) return;
      this.#queue.delete(job);
      worker.run(job);
    }
  }

  #freestWorker(): SupervisedWorker | undefined {
    let best: SupervisedWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.capacity > (best?.capacity ?? 0)) best = worker;
    }
    return best;
  }

  #crashed({ reason, crashes, isLoadFailure, restartInMilliseconds }: WorkerCrash): void {
    if (this.#failure) return;
    if (!this.#wasReady && (isLoadFailure || crashes >= CRASHES_UNTIL_BROKEN)) {
      const message = isLoadFailure
        ? reason
        : `The embedded model's worker stopped ${crashes} times while it was loading (${reason}).`;
      this.#fail(new SekhaError("embedding_unavailable", message));
      for (const worker of this.#workers) void worker.close();
      return;
    }
    this.#options.log.warn(
      `The embedded model's ${this.#options.label} worker stopped (${reason}); restart in ${restartInMilliseconds} ms`,
    );
    const outage = this.#outage();
    if (outage) this.#rejectQueue(outage);
  }

  /** Set while every worker crashes again and again after it had once loaded. */
  #outage(): SekhaError | undefined {
    if (!this.#wasReady) return undefined;
    if (!this.#workers.every((worker) => worker.isCrashLooping)) return undefined;
    return new SekhaError(
      "embedding_unavailable",
      `The embedded model's ${this.#options.label} worker keeps stopping; it is being restarted. The log says why.`,
      { retryAfterSeconds: Math.max(1, Math.ceil(this.#options.restartDelay(1) / 1000)) },
    );
  }

  #fail(failure: SekhaError): void {
    this.#failure = failure;
    this.#rejectReady(failure);
    this.#rejectQueue(failure);
  }

  #rejectQueue(error: SekhaError): void {
    const jobs = [...this.#queue];
    this.#queue.clear();
    for (const job of jobs) job.reject(error);
  }
}

function ignore(): void {
  // Replaced before it is called, or deliberately without effect: see its uses.
}
