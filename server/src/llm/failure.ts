/** Why a call of a provider failed, for people, metrics and the table below. */
export type FailureCategory =
  /** No connection: refused, reset before the answer, DNS, TLS. */
  | "connect"
  /** One of the timers ran out. */
  | "timeout"
  | "rate_limited"
  /** 408, 409, 5xx, or an error the provider reports inside an answer. */
  | "server_error"
  /** Not what the protocol says: HTML, broken JSON, a chunk that cannot be read. */
  | "malformed"
  /** A good status with nothing in it. */
  | "empty"
  /** A stream that ended without its end, or stood still. */
  | "interrupted"
  /** 401: the key is wrong. */
  | "unauthorized"
  /** 402: the account has no money. */
  | "payment_required"
  /** 403: the key may not use this model, or the country is not served. */
  | "forbidden"
  | "model_not_found"
  | "context_length"
  | "content_filter"
  /** The provider refuses the request itself: 400, 404, 413, 422. */
  | "invalid_request"
  /** What was asked cannot be expressed for this provider, or it does not offer it. */
  | "unsupported"
  /** The caller went away or the deadline of the whole request passed. */
  | "aborted";

interface Verdict {
  /** What to do before the first token: try the next candidate, or answer with the failure. */
  action: "next" | "stop";
  /** Whether it counts against the circuit breaker of (provider, model). */
  counts: boolean;
  /** The provider is set up wrongly rather than down. */
  misconfigured: boolean;
}

const NEXT: Verdict = { action: "next", counts: true, misconfigured: false };
const NEUTRAL: Verdict = { action: "next", counts: false, misconfigured: false };
const MISCONFIGURED: Verdict = { action: "next", counts: false, misconfigured: true };
const STOP: Verdict = { action: "stop", counts: false, misconfigured: false };

/** bridge.md, semantics 3. A context_length moves on to a larger window only; the router sees to that. */
export const VERDICTS: Readonly<Record<FailureCategory, Verdict>> = {
  connect: NEXT,
  timeout: NEXT,
  rate_limited: NEUTRAL,
  server_error: NEXT,
  malformed: NEXT,
  empty: NEXT,
  interrupted: NEXT,
  unauthorized: MISCONFIGURED,
  payment_required: MISCONFIGURED,
  forbidden: MISCONFIGURED,
  model_not_found: NEUTRAL,
  context_length: NEUTRAL,
  content_filter: STOP,
  invalid_request: STOP,
  unsupported: NEUTRAL,
  aborted: STOP,
};

interface FailureDetails {
  /** The provider's HTTP status. */
  status?: number;
  /** From Retry-After and its kin. */
  retryAfterMs?: number;
  /** The provider's own words, for the log's debug level only: they may hold secrets or prompts. */
  providerText?: string;
  /** The provider's words about the caller's own mistake, with everything like a key taken out. */
  publicDetail?: string;
  cause?: unknown;
}

/** A failed call of a provider. The message is ours and safe to show. */
export class ProviderFailure extends Error {
  readonly category: FailureCategory;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly providerText: string | undefined;
  readonly publicDetail: string | undefined;

  constructor(category: FailureCategory, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "ProviderFailure";
    this.category = category;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.providerText = details.providerText;
    this.publicDetail = details.publicDetail;
  }

  get verdict(): Verdict {
    return VERDICTS[this.category];
  }
}
