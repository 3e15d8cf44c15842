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

/** Of an LLM bridge elsewhere that a fetch did not reach; after "The ". */
export function unreachableBridge(url: string, error: unknown): string {
  return `LLM bridge at ${url} cannot be reached (${fetchFailure(error)}). Start it, or correct llm_bridge_url (LLM_BRIDGE_URL).`;
}

/** Why a fetch failed: by itself it says only that it did. */
function fetchFailure(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return errorMessage(cause instanceof Error && cause.message !== "" ? cause : error);
}

/** The text of anything thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
