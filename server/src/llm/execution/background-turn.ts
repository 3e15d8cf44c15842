import { ConcurrencyGate } from "../transport/concurrency-gate.ts";
import type { SetTimer } from "./timer.ts";

/** Milliseconds that a background call waits for quiet at most: on a busy server it must come to its turn too. */
const LONGEST_WAIT_MS = 60_000;

/** Lets calls that nobody waits for begin one at a time, and only while no call is under way that somebody waits for. */
export class BackgroundTurn {
  readonly #setTimer: SetTimer;
  readonly #gate = new ConcurrencyGate(1);
  readonly #quiet = new Set<() => void>();
  #waitedFor = 0;

  constructor({ setTimer }: { setTimer: SetTimer }) {
    this.#setTimer = setTimer;
  }

  /** A call that somebody waits for begins; to be called once when it is over. */
  begin(): () => void {
    this.#waitedFor += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waitedFor -= 1;
      if (this.#waitedFor === 0) for (const go of [...this.#quiet]) go();
    };
  }

  /** Resolves when a background call may begin, with what ends it. Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<() => void> {
    await this.#gate.enter(signal);
    try {
      if (this.#waitedFor > 0) await this.#untilQuiet(signal);
    } catch (error) {
      this.#gate.leave();
      throw error;
    }
    return () => this.#gate.leave();
  }

  #untilQuiet(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => {
        this.#quiet.delete(go);
        cancel();
        signal.removeEventListener("abort", giveUp);
        how();
      };
      const go = () => end(resolve);
      const giveUp = () => end(() => reject(signal.reason));
      const cancel = this.#setTimer(go, LONGEST_WAIT_MS);
      this.#quiet.add(go);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }
}
