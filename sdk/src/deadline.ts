/**
 * A time limit that can be wound up again, joined with the caller's own signal. A limit of 0 or
 * Infinity never runs out.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #milliseconds: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, outer?: AbortSignal) {
    this.#milliseconds = milliseconds;
    const own = this.#controller.signal;
    this.signal = outer === undefined ? own : AbortSignal.any([outer, own]);
    this.restart();
  }

  get expired(): boolean {
    return this.#controller.signal.aborted;
  }

  restart(): void {
    this.clear();
    if (this.#milliseconds <= 0 || !Number.isFinite(this.#milliseconds)) return;
    this.#timer = setTimeout(() => this.#controller.abort(), this.#milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  /** The promise's outcome, or a rejection as soon as the time is over, whatever it is doing. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      stop = () => signal.removeEventListener("abort", onAbort);
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      stop();
    }
  }
}
