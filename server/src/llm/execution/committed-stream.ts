import { ProviderFailure } from "../failure.ts";
import { GatewayError, type ServedBy, type Settled } from "../gateway.ts";
import type { StreamEvent, StreamEventIterator, StreamEvents } from "../provider.ts";
import type { Attempt } from "./attempt.ts";
import { callerGone } from "./attempt-signal.ts";
import { close, type StreamOpening } from "./stream-opening.ts";

export interface StreamEnd {
  served: ServedBy;
  settled: Settled;
  /** null: the answer is complete. */
  failure: ProviderFailure | null;
}

export interface CommittedStreamOptions {
  attempt: Attempt;
  served: ServedBy;
  opening: StreamOpening;
  /** Whether the client asked for usage; else the chunk that has nothing else is kept from it. */
  wantsUsage: boolean;
  onEnd: (end: StreamEnd) => void;
}

/**
 * The events from the first one on. A class and no generator: one that is left before it was begun must be settled too.
 */
export class CommittedStream implements StreamEvents, StreamEventIterator {
  readonly settled: Promise<Settled>;
  readonly #options: CommittedStreamOptions;
  readonly #resolveSettled: (settled: Settled) => void;
  #position = 0;
  #isSettled = false;
  #error: GatewayError | undefined;
  #isOver = false;

  constructor(options: CommittedStreamOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Settled>();
    this.settled = promise;
    this.#resolveSettled = resolve;
    if (options.opening.isComplete) this.#succeed();
    // Nobody may be reading when the caller leaves or the time is over.
    else options.attempt.signal.whenAborted((failure) => this.#fail(failure));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamEvent>> {
    for (;;) {
      const next = this.#held() ?? (await this.#read());
      if (next === undefined) return { done: true, value: undefined };
      if (this.#isForClient(next)) return { done: false, value: next };
    }
  }

  ready(): StreamEvent | undefined {
    for (;;) {
      const next = this.#held() ?? this.#here();
      if (next === undefined || this.#isForClient(next)) return next;
    }
  }

  #isForClient({ chunk }: StreamEvent): boolean {
    return this.#options.wantsUsage || chunk.choices.length > 0 || !chunk.usage;
  }

  /** The consumer leaves: the provider is left at once. */
  async return(): Promise<IteratorResult<StreamEvent>> {
    this.#isOver = true;
    this.#fail(callerGone());
    return { done: true, value: undefined };
  }

  /** What was held back until the commit point, in order. */
  #held(): StreamEvent | undefined {
    const { events } = this.#options.opening;
    if (this.#isOver || this.#error !== undefined) return undefined;
    const event = events[this.#position];
    if (event === undefined) return undefined;
    this.#position += 1;
    if (this.#position === events.length) {
      // Told, and kept no longer.
      events.length = 0;
      this.#position = 0;
    }
    return event;
  }

  /** What has come behind it, as far as it can be had without waiting. */
  #here(): StreamEvent | undefined {
    if (this.#isOver || this.#error !== undefined || this.#isSettled) return undefined;
    const { iterator, progress } = this.#options.opening;
    const event = iterator.ready?.();
    if (event !== undefined) progress.see(event.chunk);
    return event;
  }

  async #read(): Promise<StreamEvent | undefined> {
    if (this.#isOver) return undefined;
    if (this.#error !== undefined) throw this.#broken(this.#error);
    if (this.#isSettled) return this.#finish();
    const { attempt, opening } = this.#options;
    try {
      const next = await attempt.signal.race(opening.iterator.next());
      if (next.done === true) {
        this.#succeed();
        return this.#finish();
      }
      opening.progress.see(next.value.chunk);
      return next.value;
    } catch (error) {
      this.#fail(error instanceof ProviderFailure ? error : unreadable(error));
      throw this.#broken(this.#error ?? error);
    }
  }

  #finish(): undefined {
    this.#isOver = true;
    return undefined;
  }

  /** Thrown once; an iterator that has thrown is done. */
  #broken(error: unknown): unknown {
    this.#isOver = true;
    return error;
  }

  #succeed(): void {
    if (this.#isSettled) return;
    const { attempt, opening } = this.#options;
    this.#settle(attempt.succeed(opening.progress.received()), null);
  }

  #fail(failure: ProviderFailure): void {
    if (this.#isSettled) return;
    const { attempt, opening, served } = this.#options;
    this.#error = brokenOff(served, failure);
    // Before the attempt is told, which comes back here when it aborts.
    this.#isSettled = true;
    const settled = attempt.fail(failure, opening.progress.received());
    this.#isSettled = false;
    this.#settle(settled, failure);
    close(opening.iterator);
  }

  #settle(settled: Settled, failure: ProviderFailure | null): void {
    this.#isSettled = true;
    this.#resolveSettled(settled);
    this.#options.onEnd({ served: this.#options.served, settled, failure });
  }
}

function unreadable(cause: unknown): ProviderFailure {
  return new ProviderFailure("malformed", "The stream could not be read.", { cause });
}

function brokenOff(served: ServedBy, failure: ProviderFailure): GatewayError {
  const code = failure.category === "content_filter" ? "content_filtered" : "providers_unavailable";
  const { providerId, modelId, attempts } = served;
  return new GatewayError(
    code,
    `${providerId}/${modelId} broke off its answer (${failure.category}): ${failure.message} What came is incomplete; ask again.`,
    { attempts, cause: failure },
  );
}
