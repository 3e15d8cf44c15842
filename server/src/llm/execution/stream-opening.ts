import { ProviderFailure } from "../failure.ts";
import type { StreamEvent, StreamEventIterator } from "../provider.ts";
import { AnswerProgress, emptyAnswer } from "./answer-progress.ts";
import type { Attempt } from "./attempt.ts";

/** Events that may come before the first real token: a role for each of many choices, pings, usage. */
const MAXIMUM_START_EVENTS = 512;
const MAXIMUM_START_CHARACTERS = 2 ** 20;
/** Of a whole answer that is held back until it is complete. */
const MAXIMUM_ANSWER_CHARACTERS = 64 * 2 ** 20;

/** What is held back before the commit point. */
export class StreamOpening {
  readonly events: StreamEvent[] = [];
  readonly progress = new AnswerProgress();
  readonly iterator: StreamEventIterator;
  /** Whether the provider's stream is at its end. */
  isComplete = false;
  readonly #attempt: Attempt;
  #characters = 0;

  constructor(attempt: Attempt, iterator: StreamEventIterator) {
    this.#attempt = attempt;
    this.iterator = iterator;
  }

  async readTo(commit: "first_token" | "complete"): Promise<void> {
    try {
      while (!this.isComplete && !(commit === "first_token" && this.progress.hasBegun)) {
        await this.#read();
      }
      if (!this.progress.isAnswer) throw emptyAnswer();
    } catch (error) {
      this.#leave(error);
      throw error;
    }
  }

  async #read(): Promise<void> {
    const ready = this.iterator.ready?.();
    if (ready !== undefined) {
      this.#hold(ready);
      return;
    }
    const next = await this.#attempt.wait(this.iterator.next());
    if (next.done === true) this.isComplete = true;
    else this.#hold(next.value);
  }

  #hold(event: StreamEvent): void {
    this.events.push(event);
    this.#characters += event.data.length;
    const hadBegun = this.progress.hasBegun;
    this.progress.see(event.chunk);
    if (!hadBegun && this.progress.hasBegun) this.#attempt.signal.firstTokenCame();
    this.#limit();
  }

  #limit(): void {
    const { hasBegun } = this.progress;
    const most = hasBegun ? MAXIMUM_ANSWER_CHARACTERS : MAXIMUM_START_CHARACTERS;
    const isTooLong = !hasBegun && this.events.length > MAXIMUM_START_EVENTS;
    if (!isTooLong && this.#characters <= most) return;
    const what = hasBegun ? "The answer is too long to be held back" : "No token in all its events";
    throw new ProviderFailure("malformed", `${what}.`);
  }

  /** What had come may be billed. */
  #leave(error: unknown): void {
    const failure = this.#attempt.signal.failure ?? error;
    if (failure instanceof ProviderFailure && this.progress.hasBegun) {
      this.#attempt.fail(failure, this.progress.received());
    }
    close(this.iterator);
  }
}

/** Without waiting: a provider that hangs would hold the caller. */
export function close(iterator: AsyncIterator<StreamEvent>): void {
  iterator.return?.().catch(() => {
    // It is being left: how it takes that is of no interest.
  });
}
