import type { FailureCategory } from "../../failure.ts";
import { retryAfterMs } from "../../transport/retry-after.ts";
import type { Complaint } from "../complaint.ts";
import { categoryOfStatus, categoryOfWords, wordsDecide } from "../complaint-words.ts";
import type { ReportedError } from "../reported-error.ts";

/** https://platform.openai.com/docs/guides/error-codes, and what servers that speak its format make of it. */
const CODES: Readonly<Record<string, FailureCategory>> = {
  insufficient_quota: "payment_required",
  billing_hard_limit_reached: "payment_required",
  billing_not_active: "payment_required",
  context_length_exceeded: "context_length",
  string_above_max_length: "context_length",
  exceed_context_size_error: "context_length",
  content_filter: "content_filter",
  content_policy_violation: "content_filter",
  invalid_api_key: "unauthorized",
  model_not_found: "model_not_found",
  DeploymentNotFound: "model_not_found",
  rate_limit_exceeded: "rate_limited",
  rate_limit_error: "rate_limited",
  authentication_error: "unauthorized",
  permission_error: "forbidden",
  server_error: "server_error",
  internal_error: "server_error",
};
/** Says nothing that its status does not say better. */
const IN_BAND_TYPES: Readonly<Record<string, FailureCategory>> = {
  invalid_request_error: "invalid_request",
  BadRequestError: "invalid_request",
};
const WRONG_PATH = /invalid url|unknown (?:url|path|request url)/i;

/** What an error in OpenAI's format means. */
export function openAiComplaint(error: ReportedError, now: number): Complaint {
  return {
    category: categoryOf(error),
    status: error.status,
    words: error.words,
    retryAfterMs: retryAfterMs(error.headers, now),
    advice: /stream_options/.test(error.words)
      ? "Set provider_specific: {stream_options: false} for this provider."
      : undefined,
  };
}

function categoryOf(error: ReportedError): FailureCategory {
  const { status, code, type, words } = error;
  const named = CODES[code] ?? CODES[type];
  if (named !== undefined) return named;
  const spoken = wordsDecide(status) || status === 429 ? categoryOfWords(words) : undefined;
  if (status === 429) return spoken === "payment_required" ? spoken : "rate_limited";
  if (spoken !== undefined) return spoken;
  // Nothing of the API answers there: the base URL is wrong, not the request.
  if (status === 404 && (!error.recognised || WRONG_PATH.test(words))) return "malformed";
  if (status !== undefined) return categoryOfStatus(status);
  return IN_BAND_TYPES[type] ?? "server_error";
}
