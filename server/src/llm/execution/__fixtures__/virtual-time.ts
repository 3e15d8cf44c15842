import { setImmediate } from "node:timers/promises";
import type { SetTimer } from "../timer.ts";

interface Timer {
  at: number;
  callback: () => void;
}

/** Time that stands still until it is told to go on. Milliseconds. */
export class VirtualTime {
  now = 0;
  readonly #timers = new Set<Timer>();

  readonly clock = (): number => this.now;

  readonly setTimer: SetTimer = (callback, milliseconds) => {
    const timer = { at: this.now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that nobody has cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Goes on, with every timer in its turn and time for promises between them. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await setImmediate();
    for (;;) {
      const [next] = [...this.#timers].toSorted((left, right) => left.at - right.at);
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.callback();
      await setImmediate();
    }
    this.now = end;
    await setImmediate();
  }
}
