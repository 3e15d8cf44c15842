import { Worker } from "node:worker_threads";
import { SekhaError } from "../../core/errors.ts";
import { fromWireError } from "./wire-error.ts";
import { CLOSE, type Reply, type Request, type WorkerSetup } from "./worker-protocol.ts";

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** One thread with one connection. Started again when it dies; what it was doing is rejected. */
export class DatabaseThread {
  readonly #setup: WorkerSetup;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #ready: Promise<void> | null = null;
  #nextId = 1;
  #closed = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  /** How many calls wait for this thread. */
  get load(): number {
    return this.#pending.size;
  }

  /** Resolves when the file is open and migrated. */
  open(): Promise<void> {
    this.#ready ??= this.#spawn();
    return this.#ready;
  }

  async call(name: string, argument: unknown): Promise<unknown> {
    if (this.#closed) throw new SekhaError("unavailable", "The database is closed.");
    await this.open();
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      this.#pending.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, name, argument } satisfies Request);
    });
  }

  /** Finishes what was asked, then ends the thread. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#ready?.catch(() => undefined);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage(CLOSE);
    await ended;
  }

  /** Ends the thread at once; what it was doing is rejected. The next call starts another. */
  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }

  #spawn(): Promise<void> {
    const worker = new Worker(new URL(entryOf(this.#setup), import.meta.url), {
      workerData: this.#setup,
      ...(this.#setup.role === "costs" ? { resourceLimits: FEW_ROWS } : {}),
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on("message", (reply: Reply) => {
        if (reply.kind !== "ready") this.#settle(reply);
        else if (reply.error === undefined) resolve();
        else {
          // Whatever it was (a full disk, a busy file) may be over at the next call.
          this.#worker = null;
          this.#ready = null;
          reject(fromWireError(reply.error));
        }
      });
      const lost = (reason: string) => {
        if (this.#worker === worker) this.#lose(reason);
        reject(new SekhaError("unavailable", reason));
      };
      worker.on("error", (error) => lost(`The database thread failed: ${error.message}`));
      worker.on("exit", () => lost("The database thread ended."));
    });
  }

  #settle(reply: Exclude<Reply, { kind: "ready" }>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === "result") pending?.resolve(reply.value);
    else pending?.reject(fromWireError(reply.error));
  }

  #lose(reason: string): void {
    this.#worker = null;
    this.#ready = null;
    for (const { reject } of this.#pending.values()) reject(new SekhaError("unavailable", reason));
    this.#pending.clear();
  }
}

/** V8 gives a thread 32 MB for its young objects while it loads, and keeps them; this one only ever sees a few rows. */
const FEW_ROWS = { maxYoungGenerationSizeMb: 2 };

function entryOf({ role }: WorkerSetup): string {
  if (role === "proxy") return `../proxy/proxy-worker.${EXTENSION}`;
  return `./${role === "costs" ? "cost" : "database"}-worker.${EXTENSION}`;
}
