import type { Worker } from "node:worker_threads";
import { SekhaError } from "../../../core/errors.ts";
import type { WorkerAnswer, WorkerCall, WorkerCalls } from "./worker-protocol.ts";

interface Pending {
  resolve: (output: never) => void;
  reject: (error: SekhaError) => void;
}

export interface WorkerClientOptions {
  start: () => Worker;
  log: (level: "info" | "warn", message: string) => void;
}

/**
 * Asks the worker. One that died takes its open requests with it, which reject as `unavailable`;
 * the next request starts another, which derives its state from the rows.
 */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  async call<Call extends WorkerCall>(
    call: Call,
    input: WorkerCalls[Call]["input"],
  ): Promise<WorkerCalls[Call]["output"]> {
    if (this.#closing !== undefined) {
      throw new SekhaError("unavailable", "the vector store is closed");
    }
    return await this.#send(this.#started(), { call, input });
  }

  /** Waits until the worker has written its files and ended. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) {
      return;
    }
    try {
      await this.#send(worker, { call: "close", input: undefined });
    } finally {
      await worker.terminate();
    }
  }

  #send<Call extends WorkerCall>(
    worker: Worker,
    request: { call: Call; input: WorkerCalls[Call]["input"] },
  ): Promise<WorkerCalls[Call]["output"]> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      // A worker with nothing to do must not keep the process alive; one at work must.
      worker.ref();
      worker.postMessage({ id, ...request });
    });
  }

  #started(): Worker {
    if (this.#worker !== undefined) {
      return this.#worker;
    }
    const worker = this.#options.start();
    this.#worker = worker;
    worker.on("message", (answer: WorkerAnswer) => this.#receive(worker, answer));
    worker.on("error", (error: Error) => this.#lose(worker, error.message));
    worker.on("exit", (code) => this.#lose(worker, `it ended with code ${code}`));
    return worker;
  }

  #receive(worker: Worker, answer: WorkerAnswer): void {
    if (answer.kind === "log") {
      this.#options.log(answer.level, answer.message);
      return;
    }
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) {
      worker.unref();
    }
    if (answer.kind === "done") {
      pending?.resolve(answer.output as never);
    } else {
      pending?.reject(new SekhaError(answer.code, answer.message));
    }
  }

  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) {
      return;
    }
    this.#worker = undefined;
    if (this.#closing === undefined) {
      this.#options.log("warn", `the vector worker stopped (${reason}); the next search starts it`);
    }
    for (const pending of this.#pending.values()) {
      pending.reject(
        new SekhaError("unavailable", `the vector worker stopped (${reason}): try again`),
      );
    }
    this.#pending.clear();
  }
}
