import type { FailureCategory } from "../../failure.ts";
import { retryAfterMs } from "../../transport/retry-after.ts";
import type { Complaint } from "../complaint.ts";
import { categoryOfStatus, categoryOfWords, wordsDecide } from "../complaint-words.ts";
import type { ReportedError } from "../reported-error.ts";

const NOT_FOUND = /model ["']?([^"'\s,]+)["']? not found/i;

/** What an error of Ollama's means: `{"error": "…"}`, so that beside the status there are only its words. */
export function ollamaComplaint(error: ReportedError, now: number): Complaint {
  const name = NOT_FOUND.exec(error.words)?.[1];
  return {
    category: name === undefined ? categoryOf(error) : "model_not_found",
    status: error.status,
    words: error.words,
    retryAfterMs: retryAfterMs(error.headers, now),
    advice: name === undefined ? undefined : `Fetch it there: ollama pull ${name}`,
  };
}

function categoryOf({ status, words, recognised }: ReportedError): FailureCategory {
  // A server that ran out of memory says so with the model's name in it.
  const spoken = wordsDecide(status) ? categoryOfWords(words) : undefined;
  if (spoken !== undefined) return spoken;
  if (status === 404 && !recognised) return "malformed";
  return status === undefined ? "server_error" : categoryOfStatus(status);
}
