import { ERROR_STATUS, type ErrorOutput } from "@sekha/sdk/contract";
import { isSekhaError, SekhaError } from "../core/errors.ts";
import type { Answer } from "./answer.ts";
import type { HttpRequest } from "./http-request.ts";
import { jsonResponse } from "./json-response.ts";

/** Writes the body of a failure; each service, and each of its faces, has its own shape (decisions.md 7). */
export type ErrorBody = (error: SekhaError, requestId: string, request: HttpRequest) => object;

/** The controller's shape. */
export function controllerErrorBody(error: SekhaError, requestId: string): ErrorOutput {
  return {
    error: error.message,
    code: ERROR_STATUS[error.code],
    type: error.code,
    ...(error.details.length === 0 ? {} : { details: error.details }),
    request_id: requestId,
  };
}

/** What the caller is told of anything thrown: our own errors as they are, of what nobody foresaw only the id. */
export function publicError(error: unknown, requestId: string): SekhaError {
  if (isSekhaError(error) && error.code !== "internal") return error;
  return new SekhaError(
    "internal",
    `Something went wrong inside Sekha. Its log says more: look for ${requestId}.`,
    { cause: error },
  );
}

export function errorResponse(error: SekhaError, body: object): Answer {
  const answer = jsonResponse(body, { status: ERROR_STATUS[error.code] });
  const { headers } = answer;
  if (error.code === "unauthorized") headers.set("WWW-Authenticate", 'Bearer realm="Sekha"');
  if (error.retryAfterSeconds !== undefined) {
    headers.set("Retry-After", String(Math.ceil(error.retryAfterSeconds)));
  }
  return answer;
}
