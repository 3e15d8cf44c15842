import { z } from "zod";

/**
 * Every error a Sekha service can answer with, and its HTTP status. The one table:
 * the server throws codes, the HTTP faces translate them, the SDK reads them back.
 */
export const ERROR_STATUS = {
  invalid_json: 400,
  invalid_request: 400,
  /** The prompt fits no candidate's window. */
  context_length: 400,
  content_filtered: 400,
  unauthorized: 401,
  /** A budget or a cost limit leaves no candidate. */
  budget_exceeded: 402,
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
  /** Every candidate refuses its key or account: the configuration is wrong, not the caller. */
  providers_misconfigured: 502,
  /** The proxy cannot reach the LLM bridge. */
  bridge_unavailable: 502,
  unavailable: 503,
  /** Every candidate failed, or none can be tried now. */
  providers_unavailable: 503,
  embedding_unavailable: 503,
  storage_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Where in the request a problem was found: a JSON path such as `messages.0.role`. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** The body of every failure of the controller. */
export const errorOutput = z
  .object({
    error: z.string().meta({ description: "What is wrong and what to do, for a person." }),
    code: z.number().meta({ description: "The HTTP status." }),
    type: z.string().meta({ description: "The error code, for a program." }),
    details: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "Where in the request the problems are." }),
    request_id: z.string().meta({ description: "Stands in the server's log too." }),
  })
  .meta({ id: "Error" });

export type ErrorOutput = z.infer<typeof errorOutput>;
