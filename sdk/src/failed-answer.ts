import type { ErrorOutput } from "./contract/errors.ts";
import { SekhaApiError } from "./errors.ts";

const SHOWN_CHARACTERS = 200;

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
  };
  return new SekhaApiError(body?.error ?? foreignMessage(response, text), fields);
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
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "error" in value;
    return known && typeof value.error === "string" ? (value as Partial<ErrorOutput>) : null;
  } catch {
    // Not JSON, so not Sekha's: the message then shows the text itself.
    return null;
  }
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
