import type { Usage } from "../../protocols/openai/chat.ts";
import type { ProviderFailure } from "../failure.ts";
import type { ServedBy, Settled } from "../gateway.ts";
import type { Provider, ProviderCall } from "../provider.ts";
import type { Candidate } from "../routing/route.ts";
import type { AttemptHoldings } from "./attempt-holdings.ts";
import type { AttemptSignal } from "./attempt-signal.ts";

export interface AttemptOptions {
  candidate: Candidate;
  provider: Provider;
  call: ProviderCall;
  signal: AttemptSignal;
  holdings: AttemptHoldings;
  /** Milliseconds. */
  clock: () => number;
  /** In the request. */
  images: number;
  /** An upper bound; what a call that broke is taken to have used, since it may be billed. */
  promptTokens: number;
  /** Is told the milliseconds in which others had the word. */
  waited: (milliseconds: number) => void;
  /** Notes that it served, and answers who and how. */
  serve: (tookMs: number) => ServedBy;
}

/** What came of an answer so far: the provider's usage, and our own count for when it says none. */
export interface Received {
  usage: Usage | null;
  /** About so many. */
  completionTokens: number;
}

const NOTHING: Received = { usage: null, completionTokens: 0 };

/** One call of one provider under way. */
export class Attempt {
  readonly candidate: Candidate;
  readonly provider: Provider;
  readonly call: ProviderCall;
  readonly signal: AttemptSignal;
  readonly #options: AttemptOptions;
  readonly #startedAt: number;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.candidate = options.candidate;
    this.provider = options.provider;
    this.call = options.call;
    this.signal = options.signal;
    this.#startedAt = options.clock();
  }

  get images(): number {
    return this.#options.images;
  }

  tookMs(): number {
    return this.#options.clock() - this.#startedAt;
  }

  /** Others' work, until it is done or the attempt is aborted. `dispose` takes a result that comes too late. */
  wait<Result>(promise: Promise<Result>, dispose?: (late: Result) => void): Promise<Result> {
    const { clock, waited } = this.#options;
    const since = clock();
    return this.signal.race(promise, { dispose, ended: () => waited(clock() - since) });
  }

  /** The first real token or the whole answer is there: no other candidate will be tried. */
  serve(): ServedBy {
    const tookMs = this.tookMs();
    this.#options.holdings.measured(tookMs);
    return this.#options.serve(tookMs);
  }

  /** The answer is complete. */
  succeed(received: Received): Settled {
    this.signal.end();
    return this.#settle(null, received);
  }

  /** No answer, or half of one: the provider is left at once. */
  fail(failure: ProviderFailure, received: Received = NOTHING): Settled {
    this.signal.abort(failure);
    return this.#settle(failure, received);
  }

  #settle(failure: ProviderFailure | null, { usage, completionTokens }: Received): Settled {
    const { holdings, promptTokens } = this.#options;
    const mayBeBilled = failure === null || MAY_BE_BILLED.has(failure.category);
    const assumed = mayBeBilled ? usageOf(promptTokens, completionTokens) : undefined;
    return holdings.settle({ failure, usage, assumed });
  }
}

/** The provider had the request and may have worked on it: not to count it would let a budget be exceeded. */
const MAY_BE_BILLED: ReadonlySet<string> = new Set<ProviderFailure["category"]>([
  "timeout",
  "interrupted",
  "malformed",
  "empty",
  "aborted",
  "content_filter",
]);

function usageOf(promptTokens: number, completionTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
