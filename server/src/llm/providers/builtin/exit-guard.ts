import type { Worker } from "node:worker_threads";

/**
 * Keeps the process from ending while a worker is inside native code: onnxruntime-node aborts the
 * whole process (SIGABRT instead of its exit code) when its thread is torn down during a run.
 */
export class ExitGuard {
  readonly #flags = new Set<BusyFlag>();
  readonly #waitForAll = () => {
    for (const flag of this.#flags) flag.stop();
  };

  constructor() {
    process.on("exit", this.#waitForAll);
  }

  /** Starts a worker with the memory of a `BusyFlag`, to be used around native code. */
  watch(start: (flag: SharedArrayBuffer) => Worker): Worker {
    const flag = new BusyFlag();
    this.#flags.add(flag);
    const worker = start(flag.memory);
    worker.once("exit", () => this.#flags.delete(flag));
    return worker;
  }

  release(): void {
    process.off("exit", this.#waitForAll);
  }
}

const BUSY = 0;
const STOPPED = 1;
/** Longer than any run of one chunk, and than loading as a rule. */
const LONGEST_WAIT_MILLISECONDS = 3_000;

/** One bit each way between a worker and the thread that started it. */
export class BusyFlag {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** In the worker: work that must not be interrupted. Throws once stopped. */
  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    Atomics.store(this.#cells, BUSY, 1);
    try {
      if (Atomics.load(this.#cells, STOPPED) === 1) throw new Error("The process is ending");
      return await work();
    } finally {
      Atomics.store(this.#cells, BUSY, 0);
      Atomics.notify(this.#cells, BUSY);
    }
  }

  /** In the owner: no new work, and blocks this thread until the current one is done. */
  stop(): void {
    Atomics.store(this.#cells, STOPPED, 1);
    Atomics.wait(this.#cells, BUSY, 1, LONGEST_WAIT_MILLISECONDS);
  }
}
