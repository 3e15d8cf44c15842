import { setImmediate } from "node:timers/promises";

export type V1Phase = "reading" | "verifying";
export type V1Progress = (phase: V1Phase, done: number, total: number) => void;

/** Long enough to get on, short enough that a signal or a bar need not wait. */
const STEP_MS = 40;

/** Long work on the main thread in steps: others get their turn, a stop is seen, progress is told. */
export class Pace {
  readonly #options: { signal: AbortSignal; clock: () => number; onStep: (done: number) => void };
  #since: number;
  #done = 0;

  constructor(options: {
    signal: AbortSignal;
    /** Milliseconds; only differences matter. */
    clock: () => number;
    onStep: (done: number) => void;
  }) {
    this.#options = options;
    this.#since = options.clock();
  }

  /** Counts what was done. Rejects with the signal's reason when it aborted. */
  async step(count: number): Promise<void> {
    const { signal, clock, onStep } = this.#options;
    this.#done += count;
    if (clock() - this.#since < STEP_MS) return;
    onStep(this.#done);
    await setImmediate();
    signal.throwIfAborted();
    this.#since = clock();
  }
}
