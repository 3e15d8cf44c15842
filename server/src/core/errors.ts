import type { ErrorCode, ErrorDetail } from "@sekha/sdk/contract";

interface SekhaErrorOptions {
  cause?: unknown;
  details?: ErrorDetail[];
  /** Seconds until a retry may succeed; becomes the Retry-After header. */
  retryAfterSeconds?: number;
}

/** An error that a user may read: the message says what is wrong and what to do. */
export class SekhaError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: SekhaErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "SekhaError";
    this.code = code;
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export function isSekhaError(error: unknown): error is SekhaError {
  return error instanceof SekhaError;
}

/** Why a fetch failed: by itself it says only that it did. */
export function fetchFailure(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return errorMessage(cause instanceof Error && cause.message !== "" ? cause : error);
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
