import { SekhaApiError, SekhaConnectionError } from "./errors.ts";

/** Answers after which the same request may well succeed. */
const PASSING_STATUS = new Set([408, 429, 502, 503, 504]);
const BASE_MILLISECONDS = 250;
const LONGEST_BACKOFF_MILLISECONDS = 8_000;
/** Who is told to wait longer than this is better told at once. */
const LONGEST_RETRY_AFTER_SECONDS = 30;

/**
 * Milliseconds to wait before the next attempt, or null when trying again makes no sense.
 * Exponential backoff with equal jitter, so that clients do not come back in step; never less
 * than what Retry-After asks for.
 */
export function retryDelay(
  error: unknown,
  { attempt, random }: { attempt: number; random: () => number },
): number | null {
  const backoff = Math.min(BASE_MILLISECONDS * 2 ** attempt, LONGEST_BACKOFF_MILLISECONDS);
  const jittered = backoff / 2 + (backoff / 2) * random();
  if (error instanceof SekhaConnectionError) return jittered;
  if (!(error instanceof SekhaApiError) || !PASSING_STATUS.has(error.status)) return null;
  const asked = error.retryAfterSeconds ?? 0;
  return asked > LONGEST_RETRY_AFTER_SECONDS ? null : Math.max(jittered, asked * 1000);
}
