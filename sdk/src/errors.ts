import type { ErrorCode, ErrorDetail } from "./contract/errors.ts";

/** The server's code for a failure; newer servers may send codes this client does not know. */
export type ApiErrorCode = ErrorCode | (string & {});

/** Everything the client throws on purpose. */
export class SekhaError extends Error {
  override name = "SekhaError";
}

interface ApiErrorFields {
  status: number;
  code: ApiErrorCode;
  requestId: string | null;
  details?: readonly ErrorDetail[];
  /** Seconds the server asked to wait, null when it did not. */
  retryAfterSeconds?: number | null;
}

/** The server answered, and the answer is a failure. */
export class SekhaApiError extends SekhaError {
  override name = "SekhaApiError";
  readonly status: number;
  readonly code: ApiErrorCode;
  /** Stands in the server's log too. */
  readonly requestId: string | null;
  /** Where in the request the problems are. */
  readonly details: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | null;

  constructor(message: string, fields: ApiErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.details = fields.details ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
  }
}

/** No answer, or only a part of one: nothing listens there, or the connection broke. */
export class SekhaConnectionError extends SekhaError {
  override name = "SekhaConnectionError";
  readonly url: string;

  constructor(message: string, url: string, options?: ErrorOptions) {
    super(message, options);
    this.url = url;
  }
}

/** No answer within the time the call was given. */
export class SekhaTimeoutError extends SekhaError {
  override name = "SekhaTimeoutError";
  readonly url: string;
  readonly timeoutMs: number;

  constructor(url: string, timeoutMs: number, options?: ErrorOptions) {
    super(
      `No answer from ${url} within ${timeoutMs / 1000} s. Try again, or give the call a longer timeoutMs.`,
      options,
    );
    this.url = url;
    this.timeoutMs = timeoutMs;
  }
}
