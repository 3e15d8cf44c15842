import { asRecord, asText, parseLoose } from "../../../protocols/loose-json.ts";
import { retryAfterMs } from "../../transport/retry-after.ts";
import type { Complaint } from "../complaint.ts";
import { openAiComplaint } from "../openai/openai-errors.ts";
import { errorWithin, type ReportedError } from "../reported-error.ts";

/**
 * What an error of OpenRouter means (https://openrouter.ai/docs/api-reference/errors): it repeats the status as its
 * code, and `metadata` holds what the provider behind it said, why a prompt was refused, or when a limit ends.
 */
export function openRouterComplaint(error: ReportedError, now: number): Complaint {
  const { metadata } = error;
  const behind = errorBehind(metadata.raw);
  const words = [error.words, behind?.words].filter((text) => text !== undefined && text !== "");
  const complaint = openAiComplaint(
    { ...error, words: words.join(": "), type: behind?.type ?? error.type },
    now,
  );
  const isModerated = Array.isArray(metadata.reasons) || metadata.flagged_input !== undefined;
  return {
    ...complaint,
    category: error.status === 403 && isModerated ? "content_filter" : complaint.category,
    retryAfterMs: complaint.retryAfterMs ?? retryAfterMs(limitHeaders(metadata.headers), now),
  };
}

/** JSON of the provider behind, or its text. */
function errorBehind(raw: unknown): ReportedError | undefined {
  const text = asText(raw);
  const record = asRecord(text === undefined ? raw : parseLoose(text));
  if (record !== undefined) return errorWithin(record);
  return text === undefined ? undefined : errorWithin({ error: text });
}

function limitHeaders(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asRecord(headers) ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      `${value}`,
    ]),
  );
}
