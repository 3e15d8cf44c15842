/** Turns a growing count into a rate and the time left. */
export class Rate {
  readonly #startedAt: number;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  perSecond(done: number): number {
    const elapsed = this.#now() - this.#startedAt;
    return elapsed > 0 ? (done * 1000) / elapsed : 0;
  }

  /** Null while nothing is known: in the first second, or when nothing is done yet. */
  remainingMilliseconds(done: number, total: number): number | null {
    const elapsed = this.#now() - this.#startedAt;
    if (elapsed < 1000 || done <= 0) return null;
    return Math.max(0, (elapsed * (total - done)) / done);
  }
}
