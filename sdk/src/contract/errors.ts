/**
 * Every error a Sekha service can answer with, and its HTTP status. The one table:
 * the server throws codes, the HTTP faces translate them, the SDK reads them back.
 */
export const ERROR_STATUS = {
  invalid_json: 400,
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  embedding_unavailable: 503,
  storage_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Where in the request a problem was found: a JSON path such as `messages.0.role`. */
export interface ErrorDetail {
  path: string;
  message: string;
}
