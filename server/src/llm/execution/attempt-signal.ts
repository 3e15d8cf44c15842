import type { AbortListener, CallSignal } from "../call-signal.ts";
import { ProviderFailure } from "../failure.ts";
import type { SetTimer } from "./timer.ts";

export interface AttemptSignalOptions {
  /** Aborts when the caller is gone. */
  caller: AbortSignal;
  setTimer: SetTimer;
  /** Milliseconds of the attempt as a whole, and what it failed of when they are over. */
  limitMs: number;
  overLimit: () => ProviderFailure;
}

interface RaceOptions<Result> {
  dispose?: ((late: Result) => void) | undefined;
  ended?: () => void;
}

const NOBODY: readonly AbortListener[] = [];

/** Milliseconds in which an aborted provider may say what it failed of. */
const GRACE_MS = 50;

/**
 * Ends one attempt at a provider: when its caller leaves, when a timer runs out, or when its answer is no longer wanted.
 * The first reason stands.
 */
export class AttemptSignal implements CallSignal {
  #controller: AbortController | undefined;
  /** There is mostly one. */
  #listeners: readonly AbortListener[] = NOBODY;
  readonly #setTimer: SetTimer;
  readonly #caller: AbortSignal;
  readonly #cancelLimit: () => void;
  #cancelFirstToken: (() => void) | undefined;
  #abandonRace: ((failure: ProviderFailure) => void) | undefined;
  #onAbort: ((failure: ProviderFailure) => void) | undefined;
  #failure: ProviderFailure | undefined;
  #ended = false;

  constructor({ caller, setTimer, limitMs, overLimit }: AttemptSignalOptions) {
    this.#setTimer = setTimer;
    this.#caller = caller;
    this.#cancelLimit = setTimer(() => this.abort(overLimit()), limitMs);
    if (caller.aborted) this.abort(callerGone());
    else caller.addEventListener("abort", this);
  }

  /** The caller's signal calls it. */
  handleEvent(): void {
    this.abort(callerGone());
  }

  get aborted(): boolean {
    return this.#failure !== undefined;
  }

  get reason(): unknown {
    return this.#failure;
  }

  addEventListener(_: "abort", listener: AbortListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_: "abort", listener: AbortListener): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener);
  }

  /** As the platform has it, for whoever needs that. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#failure !== undefined) this.#controller.abort(this.#failure);
    }
    return this.#controller.signal;
  }

  /** Why it was aborted. */
  get failure(): ProviderFailure | undefined {
    return this.#failure;
  }

  /** Aborts after so many milliseconds without `firstTokenCame`, if that is of use then. */
  awaitFirstToken(milliseconds: number, mayCut: () => boolean): void {
    this.firstTokenCame();
    this.#cancelFirstToken = this.#setTimer(() => {
      if (mayCut()) this.abort(noFirstToken(milliseconds));
    }, milliseconds);
  }

  firstTokenCame(): void {
    this.#cancelFirstToken?.();
    this.#cancelFirstToken = undefined;
  }

  /**
   * The promise's result. After an abort it has a moment to say what it failed of; a provider that ignores its signal
   * holds nobody for longer. A result that comes too late is given to `dispose`; `ended` is called once before the answer.
   */
  race<Result>(
    promise: Promise<Result>,
    { dispose, ended }: RaceOptions<Result> = {},
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      let cancelGrace: (() => void) | undefined;
      let isOver = false;
      const abandon = (failure: ProviderFailure) => {
        cancelGrace = this.#setTimer(() => {
          isOver = true;
          ended?.();
          reject(failure);
        }, GRACE_MS);
      };
      const finish = () => {
        cancelGrace?.();
        if (this.#abandonRace === abandon) this.#abandonRace = undefined;
        if (!isOver) ended?.();
      };
      this.#abandonRace = abandon;
      promise.then(
        (result) => {
          finish();
          if (this.#failure === undefined) {
            resolve(result);
            return;
          }
          dispose?.(result);
          reject(this.#failure);
        },
        (error: unknown) => {
          finish();
          reject(this.#told(error));
        },
      );
      if (this.#failure !== undefined) abandon(this.#failure);
    });
  }

  /** Called once when it aborts, at once when it has. */
  whenAborted(callback: (failure: ProviderFailure) => void): void {
    this.#onAbort = callback;
    if (this.#failure !== undefined) callback(this.#failure);
  }

  abort(failure: ProviderFailure): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = failure;
    this.#release();
    this.#controller?.abort(failure);
    for (const listener of this.#listeners) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
    this.#abandonRace?.(failure);
    this.#onAbort?.(failure);
  }

  /** Of what it failed: the abort's own reason, unless a timer cut a provider that knows better, such as a full queue. */
  #told(error: unknown): unknown {
    const failure = this.#failure;
    if (failure === undefined) return error;
    const knowsBetter =
      failure.category === "timeout" &&
      error instanceof ProviderFailure &&
      error.category !== "aborted";
    return knowsBetter ? error : failure;
  }

  /** The attempt is over: nothing aborts it any more. */
  end(): void {
    this.#ended = true;
    this.#release();
    // A kept connection leads here until its next request: what an answer was made of must not be kept with it.
    this.#onAbort = undefined;
    this.#listeners = NOBODY;
  }

  #release(): void {
    this.#cancelLimit();
    this.firstTokenCame();
    this.#caller.removeEventListener("abort", this);
  }
}

export function callerGone(): ProviderFailure {
  return new ProviderFailure("aborted", "The caller went away.");
}

function noFirstToken(milliseconds: number): ProviderFailure {
  return new ProviderFailure("timeout", `No first token within ${milliseconds / 1000} s.`);
}
