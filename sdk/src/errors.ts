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
  /** The answer as it came: parsed where it was JSON, its text otherwise. */
  body?: unknown;
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
  readonly body: unknown;

  constructor(message: string, fields: ApiErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.details = fields.details ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
    this.body = fields.body;
  }

  /** Version 1's name of `status`. */
  get statusCode(): number {
    return this.status;
  }
}

/** 401 and 403: the key is missing, wrong, or may not do this. */
export class SekhaAuthError extends SekhaApiError {
  override name = "SekhaAuthError";
}

/** 404: there is no such thing, for this caller. */
export class SekhaNotFoundError extends SekhaApiError {
  override name = "SekhaNotFoundError";
}

/** 400 and 422: the request is wrong, and `details` says where. */
export class SekhaValidationError extends SekhaApiError {
  override name = "SekhaValidationError";
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
      `No answer from ${url} within ${timeoutMs / 1000} s. Try again, or give the call a longer timeout.`,
      options,
    );
    this.url = url;
    this.timeoutMs = timeoutMs;
  }
}
