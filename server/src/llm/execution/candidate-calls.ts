import { errorMessage, isSekhaError } from "../../core/errors.ts";
import { ProviderFailure } from "../failure.ts";
import type { ServedBy } from "../gateway.ts";
import type { Provider } from "../provider.ts";
import type { KeyAvailability, KeyRefusalCategory } from "../routing/api-keys.ts";
import { breakerText } from "../routing/breaker-text.ts";
import { Attempt } from "./attempt.ts";
import { AttemptCall } from "./attempt-call.ts";
import { type AttemptHoldings, asksForPause } from "./attempt-holdings.ts";
import { AttemptSignal } from "./attempt-signal.ts";
import type { AttemptEngineDependencies, Turn, Work } from "./execution.ts";

/** What came of a candidate's turn. */
export type Step<Result> =
  | { kind: "served"; result: Result }
  | { kind: "next" }
  /** No other candidate would do better. */
  | { kind: "stop" };

type Dependencies = Pick<AttemptEngineDependencies, "breakers" | "observer" | "clock" | "setTimer">;

/** A deadline that leaves nearly the whole of an attempt's time is not what ended it. */
const NEARLY = 0.9;

/** The calls of one candidate's provider: one, or one for each of its keys while they are refused. */
export class CandidateCalls {
  readonly #dependencies: Dependencies;
  readonly #turn: Turn;
  readonly #holdings: AttemptHoldings;

  constructor(
    dependencies: Dependencies,
    { turn, holdings }: { turn: Turn; holdings: AttemptHoldings },
  ) {
    this.#dependencies = dependencies;
    this.#turn = turn;
    this.#holdings = holdings;
  }

  async perform<Result>(work: Work<Result>): Promise<Step<Result>> {
    const { candidate, execution } = this.#turn;
    const { breakers } = this.#dependencies;
    const keyed = { provider: candidate.provider, modelId: candidate.model.modelId };
    const provider = execution.providers.get(candidate.provider.id);
    if (provider === undefined) throw new Error(`No client for ${candidate.provider.id}`);
    for (;;) {
      const next = breakers.keys.next(keyed);
      if ("none" in next) return this.#withoutKey(next.none);
      const attempt = this.#attempt(provider, next.key);
      if (work.streamed) this.#awaitFirstToken(attempt);
      try {
        const result = await work.perform(attempt);
        breakers.keys.accept(keyed, next.key);
        return { kind: "served", result };
      } catch (error) {
        const failure = this.#failureOf(error, attempt);
        if (failure === undefined) return { kind: "next" };
        if (this.#hasOtherKey(failure, next.key)) continue;
        attempt.fail(failure);
        return { kind: failure.verdict.action };
      }
    }
  }

  #withoutKey(none: KeyAvailability): Step<never> {
    const { candidate, trail } = this.#turn;
    const isWaiting = none.kind === "rate_limited";
    const retryAfterMs = isWaiting ? none.retryAfterMs : undefined;
    const kind = isWaiting ? "unavailable" : "misconfigured";
    const why = isWaiting ? "have reached their rate limit" : "are refused by it";
    const reason = `All keys of provider '${candidate.provider.id}' ${why}.`;
    trail.skip({ candidate, kind, reason, retryAfterMs });
    return { kind: "next" };
  }

  /** What an attempt failed of, noted; undefined for a mistake of the caller's that this candidate minds. */
  #failureOf(error: unknown, attempt: Attempt): ProviderFailure | undefined {
    const aborted = attempt.signal.failure;
    if (aborted !== undefined || !isSekhaError(error)) {
      return this.#note(attempt, asFailure(error, aborted));
    }
    attempt.signal.end();
    const { candidate, trail } = this.#turn;
    trail.skip({ candidate, kind: "image", reason: error.message, error });
    return undefined;
  }

  #note(attempt: Attempt, failure: ProviderFailure): ProviderFailure {
    const tookMs = attempt.tookMs();
    attempt.signal.abort(failure);
    this.#turn.trail.add(this.#turn.candidate, failure, tookMs);
    this.#observe(failure, tookMs);
    return failure;
  }

  /** A key that is refused is left alone for a while; whether another one can be tried at once. */
  #hasOtherKey(failure: ProviderFailure, key: string | undefined): boolean {
    const { candidate, deadline, execution } = this.#turn;
    const { breakers } = this.#dependencies;
    const { provider, model } = candidate;
    const category = keyRefusal(failure);
    if (category === undefined) return false;
    // The pause of a single key is the breaker's business.
    if (category === "rate_limited" && provider.apiKeys.length < 2) return false;
    const { retryAfterMs } = failure;
    const keyed = { provider, modelId: model.modelId };
    const hasOther = breakers.keys.refuse(keyed, key, { category, retryAfterMs });
    return hasOther && deadline.remaining() > 0 && !execution.options.signal.aborted;
  }

  #attempt(provider: Provider, apiKey: string | undefined): Attempt {
    const { candidate, execution, trail } = this.#turn;
    const { clock } = this.#dependencies;
    const signal = this.#signal();
    const { model } = candidate;
    return new Attempt({
      candidate,
      provider,
      call: new AttemptCall(model, apiKey, signal),
      signal,
      holdings: this.#holdings,
      clock,
      images: execution.plan.request.images,
      promptTokens: execution.plan.request.promptTokens ?? 0,
      waited: (milliseconds) => {
        trail.waitedMs += milliseconds;
      },
      serve: (tookMs) => this.#serve(tookMs),
    });
  }

  #signal(): AttemptSignal {
    const { candidate, execution, deadline } = this.#turn;
    const { setTimer } = this.#dependencies;
    const { totalMs, coldStartMs } = candidate.model.timers;
    const ownMs = totalMs + coldStartMs;
    const leftMs = deadline.remaining();
    return new AttemptSignal({
      caller: execution.options.signal,
      setTimer,
      limitMs: Math.max(0, Math.min(ownMs, leftMs)),
      overLimit: () =>
        leftMs < ownMs * NEARLY ? overDeadline(deadline.milliseconds) : overTotal(ownMs),
    });
  }

  #serve(tookMs: number): ServedBy {
    const { candidate, execution, trail } = this.#turn;
    trail.add(candidate, null, tookMs);
    this.#observe(null, tookMs);
    return {
      providerId: candidate.provider.id,
      providerType: candidate.provider.type,
      modelId: candidate.model.modelId,
      task: candidate.task,
      requestedTask: execution.plan.request.task,
      reason: candidate.reason,
      ...(candidate.detail === undefined ? {} : { detail: candidate.detail }),
      attempts: trail.attempts,
      estimate: this.#holdings.estimate ?? candidate.estimate,
    };
  }

  #observe(failure: ProviderFailure | null, tookMs: number): void {
    const { candidate, execution } = this.#turn;
    this.#dependencies.observer.attempt({
      operation: execution.operation,
      providerId: candidate.provider.id,
      providerType: candidate.provider.type,
      modelId: candidate.model.modelId,
      failure,
      tookMs,
    });
  }

  #awaitFirstToken(attempt: Attempt): void {
    const { candidate, rest, trail, deadline } = this.#turn;
    const { breakers } = this.#dependencies;
    const { firstTokenMs, coldStartMs } = candidate.model.timers;
    // Who has nobody behind it is waited for: a late answer is better than none.
    const mayCut = () =>
      deadline.remaining() > 0 &&
      rest.some(
        (next) =>
          !trail.excludes(next) &&
          !isSame(next.model, candidate.model) &&
          breakerText(next.model, breakers.view(next.model)) === undefined,
      );
    attempt.signal.awaitFirstToken(firstTokenMs + coldStartMs, mayCut);
  }
}

function isSame(left: Turn["candidate"]["model"], right: Turn["candidate"]["model"]): boolean {
  return left.modelId === right.modelId && left.providerId === right.providerId;
}

const KEY_REFUSALS: readonly KeyRefusalCategory[] = [
  "unauthorized",
  "payment_required",
  "forbidden",
  "rate_limited",
];

function keyRefusal(failure: ProviderFailure): KeyRefusalCategory | undefined {
  // Our own queue was full: that is no key's fault.
  if (failure.category === "rate_limited" && !asksForPause(failure)) return undefined;
  return KEY_REFUSALS.find((category) => category === failure.category);
}

/** A provider's client that trips over an answer has met one that it cannot read. */
function asFailure(error: unknown, aborted: ProviderFailure | undefined): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (aborted !== undefined) return aborted;
  return new ProviderFailure("malformed", "The answer could not be read.", {
    cause: error,
    providerText: errorMessage(error),
  });
}

function overTotal(milliseconds: number): ProviderFailure {
  return new ProviderFailure("timeout", `No complete answer within ${milliseconds / 1000} s.`);
}

function overDeadline(milliseconds: number): ProviderFailure {
  const seconds = milliseconds / 1000;
  return new ProviderFailure("aborted", `The ${seconds} s for the whole request were over.`);
}
