import type { FailureCategory } from "../../failure.ts";
import { retryAfterMs } from "../../transport/retry-after.ts";
import type { Complaint } from "../complaint.ts";
import { categoryOfStatus, categoryOfWords } from "../complaint-words.ts";
import type { ReportedError } from "../reported-error.ts";

/** https://docs.anthropic.com/en/api/errors; 529 is its own status for an overloaded API. */
const TYPES: Readonly<Record<string, FailureCategory>> = {
  authentication_error: "unauthorized",
  billing_error: "payment_required",
  permission_error: "forbidden",
  rate_limit_error: "rate_limited",
  timeout_error: "server_error",
  api_error: "server_error",
  overloaded_error: "server_error",
};
/** Says whose mistake it is and leaves it to the words which. */
const VAGUE = new Set(["invalid_request_error", "not_found_error", "request_too_large"]);

/** What an error of Anthropic's, by status or as an event, means. */
export function anthropicComplaint(error: ReportedError, now: number): Complaint {
  return {
    category: categoryOf(error),
    status: error.status,
    words: error.words,
    retryAfterMs: retryAfterMs(error.headers, now),
  };
}

function categoryOf({ status, type, words, recognised }: ReportedError): FailureCategory {
  const named = TYPES[type];
  if (named !== undefined) return named;
  if (VAGUE.has(type)) {
    const spoken = categoryOfWords(words);
    if (spoken !== undefined) return spoken;
    // `model: claude-nothing`; other things that are not found are paths.
    if (type === "not_found_error")
      return /^model\b/i.test(words) ? "model_not_found" : "malformed";
    return "invalid_request";
  }
  if (status === 404 && !recognised) return "malformed";
  return status === undefined ? "server_error" : categoryOfStatus(status);
}
