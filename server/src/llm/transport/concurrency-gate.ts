import type { CallSignal } from "../call-signal.ts";

interface Waiter {
  go: () => void;
}

/** Lets so many in at a time, the others in the order they came. Who leaves the queue takes no place. */
export class ConcurrencyGate {
  readonly #limit: number;
  readonly #waiting = new Set<Waiter>();
  #inside = 0;

  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  /** Resolves when there is a place, which `leave` must give back. Rejects with the signal's reason. */
  async enter(signal: CallSignal): Promise<void> {
    if (signal.aborted) throw signal.reason;
    if (this.#inside < this.#limit) {
      this.#inside += 1;
      return;
    }
    await this.#turn(signal);
  }

  leave(): void {
    for (const waiter of this.#waiting) {
      // The place goes over to the next, so that nobody who comes now gets in between.
      this.#waiting.delete(waiter);
      waiter.go();
      return;
    }
    this.#inside -= 1;
  }

  #turn(signal: CallSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(waiter);
        signal.removeEventListener("abort", giveUp);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        go: () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener("abort", giveUp);
    });
  }
}
