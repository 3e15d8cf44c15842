import type { ErrorOutput } from "./contract/errors.ts";
import {
  SekhaApiError,
  SekhaAuthError,
  SekhaNotFoundError,
  SekhaValidationError,
} from "./errors.ts";

const SHOWN_CHARACTERS = 200;
/** Failures that programs tell apart by their class. */
const ERRORS: Readonly<Record<number, typeof SekhaApiError>> = {
  400: SekhaValidationError,
  401: SekhaAuthError,
  403: SekhaAuthError,
  404: SekhaNotFoundError,
  422: SekhaValidationError,
};

/** The error that a failed answer stands for, whoever wrote it: Sekha, or a proxy before it. */
export async function apiErrorOf(response: Response, now: () => number): Promise<SekhaApiError> {
  const text = await response.text();
  const body = errorBody(text);
  const fields = {
    status: response.status,
    code: body?.type ?? "unknown",
    requestId: body?.request_id ?? response.headers.get("x-request-id"),
    details: body?.details ?? [],
    retryAfterSeconds: retryAfterSeconds(response.headers.get("retry-after"), now),
    body: body ?? text,
  };
  const ErrorClass = ERRORS[response.status] ?? SekhaApiError;
  return new ErrorClass(body?.error ?? foreignMessage(response, text), fields);
}

/** The answer was a success, but not one of Sekha's. */
export function notJsonError(response: Response, cause: unknown): SekhaApiError {
  return new SekhaApiError(
    `${response.url || "The server"} answered with something that is not JSON. Is this address Sekha's?`,
    { status: response.status, code: "unknown", requestId: response.headers.get("x-request-id") },
    { cause },
  );
}

function errorBody(text: string): Partial<ErrorOutput> | null {
  const value = objectOf(text);
  if (typeof value?.error === "string") return value as Partial<ErrorOutput>;
  return value === null ? null : bridgeErrorBody(value);
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    // Not JSON, so not Sekha's: the message then shows the text itself.
    return null;
  }
}

/** The bridge says what is wrong in `detail`: a text, or v1's list of fields. */
function bridgeErrorBody({
  detail,
  ...rest
}: Record<string, unknown>): Partial<ErrorOutput> | null {
  if (typeof detail === "string") return { ...rest, error: detail };
  if (!Array.isArray(detail)) return null;
  const details = detail.map(({ loc, msg }: { loc?: unknown; msg?: unknown }) => ({
    // The first part says that it is the body.
    path: Array.isArray(loc) ? loc.slice(1).join(".") : "",
    message: String(msg),
  }));
  return { ...rest, error: "The request is not valid.", details };
}

function foreignMessage({ status, statusText }: Response, text: string): string {
  const shown = text.replace(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
  const title = `The server answered ${status}${statusText === "" ? "" : ` ${statusText}`}`;
  return shown === "" ? `${title}.` : `${title}: ${shown}`;
}

/** Retry-After is seconds or an HTTP date. */
function retryAfterSeconds(header: string | null, now: () => number): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
