import type { Worker } from "node:worker_threads";
import { SekhaError } from "../../../core/errors.ts";
import type { JobRequest, ReadyDetails, WorkerReply, WorkerRequest } from "./worker-protocol.ts";

/** A job on its way: exactly one of its two functions is called. */
export interface PendingJob {
  request: JobRequest;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

export interface SupervisedWorkerOptions {
  start(): Worker;
  /** Jobs sent at once, so that the worker need not wait for this thread between two. */
  depth: number;
  /** Milliseconds to wait before the restart after so many crashes in a row. */
  restartDelay(crashes: number): number;
  onReady(details: ReadyDetails): void;
  /** It can take a job. */
  onFree(): void;
  /** It ended by itself, and its jobs are rejected; it will be restarted. */
  onCrash(crash: WorkerCrash): void;
}

export interface WorkerCrash {
  reason: string;
  /** In a row, without a finished job between them. */
  crashes: number;
  /** The worker itself found that it cannot load. */
  isLoadFailure: boolean;
  restartInMilliseconds: number;
}

type State = "starting" | "ready" | "waiting" | "closed";

const CRASHES_IN_A_LOOP = 2;
/** What Node gives as the id of a thread that has ended. */
const ENDED_THREAD_ID = -1;
const CLOSE_TIMEOUT_MILLISECONDS = 5_000;

/** A worker thread that is restarted when it ends by itself. */
export class SupervisedWorker {
  readonly #options: SupervisedWorkerOptions;
  readonly #running = new Map<number, PendingJob>();
  #state: State = "starting";
  #worker: Worker;
  #crashes = 0;
  #lastError: string | undefined;
  #isLoadFailure = false;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: SupervisedWorkerOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** How many more jobs it takes now. */
  get capacity(): number {
    return this.#state === "ready" ? this.#options.depth - this.#running.size : 0;
  }

  /** It is not running, and the last restart did not help. */
  get isCrashLooping(): boolean {
    return this.#state !== "ready" && this.#crashes >= CRASHES_IN_A_LOOP;
  }

  run(job: PendingJob): void {
    this.#running.set(job.request.id, job);
    this.#send(job.request, job.request.kind === "embed" ? [job.request.input.buffer] : []);
  }

  /** Lets the running job end, then ends the thread. Running jobs are rejected. */
  async close(): Promise<void> {
    const wasWaiting = this.#state === "waiting";
    this.#state = "closed";
    clearTimeout(this.#restartTimer);
    this.#rejectRunning(
      new SekhaError("embedding_unavailable", "The embedded model is shutting down; try again."),
    );
    const worker = this.#worker;
    if (wasWaiting || worker.threadId === ENDED_THREAD_ID) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.#send({ kind: "close" });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MILLISECONDS);
    await exited;
    clearTimeout(timer);
  }

  #start(): Worker {
    const worker = this.#options.start();
    worker.on("message", (reply: WorkerReply) => this.#receive(reply));
    worker.on("error", (error) => {
      this.#lastError = error instanceof Error ? error.message : String(error);
    });
    worker.on("messageerror", (error) => {
      this.#lastError = error.message;
    });
    worker.once("exit", (code) => this.#exited(code));
    return worker;
  }

  #send(request: WorkerRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #receive(reply: WorkerReply): void {
    if (this.#state === "closed") return;
    if (reply.kind === "ready") {
      this.#state = "ready";
      this.#options.onReady(reply);
      this.#options.onFree();
    } else if (reply.kind === "broken") {
      this.#lastError = reply.message;
      this.#isLoadFailure = true;
    } else {
      this.#finish(reply);
    }
  }

  #finish(reply: Extract<WorkerReply, { id: number }>): void {
    const job = this.#running.get(reply.id);
    this.#running.delete(reply.id);
    this.#crashes = 0;
    if (reply.kind === "done") job?.resolve(reply.output);
    else job?.reject(new SekhaError("internal", `Embedding failed: ${reply.message}`));
    this.#options.onFree();
  }

  #exited(code: number): void {
    if (this.#state === "closed") return;
    this.#state = "waiting";
    this.#crashes += 1;
    const reason = this.#lastError ?? `the thread ended with code ${code}`;
    const restartInMilliseconds = this.#options.restartDelay(this.#crashes);
    const isLoadFailure = this.#isLoadFailure;
    this.#lastError = undefined;
    this.#isLoadFailure = false;
    this.#restartTimer = setTimeout(() => {
      this.#state = "starting";
      this.#worker = this.#start();
    }, restartInMilliseconds);
    this.#rejectRunning(
      new SekhaError(
        "embedding_unavailable",
        `The embedded model's worker stopped (${reason}) and is being restarted; try again.`,
        { retryAfterSeconds: Math.ceil(restartInMilliseconds / 1000) },
      ),
    );
    this.#options.onCrash({ reason, crashes: this.#crashes, isLoadFailure, restartInMilliseconds });
  }

  #rejectRunning(error: SekhaError): void {
    const jobs = [...this.#running.values()];
    this.#running.clear();
    for (const job of jobs) job.reject(error);
  }
}
