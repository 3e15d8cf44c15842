/** Time that all attempts of one request share. Milliseconds. */
export class Deadline {
  readonly milliseconds: number;
  readonly #clock: () => number;
  readonly #startedAt: number;

  constructor({ clock, milliseconds }: { clock: () => number; milliseconds: number }) {
    this.#clock = clock;
    this.#startedAt = clock();
    this.milliseconds = milliseconds;
  }

  elapsed(): number {
    return this.#clock() - this.#startedAt;
  }

  remaining(): number {
    return this.milliseconds - this.elapsed();
  }
}
