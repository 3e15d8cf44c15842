import type { IncomingHttpHeaders } from "node:http";

/** A provider that asks for more is taken for one whose clock is wrong. */
const LONGEST_MILLISECONDS = 24 * 60 * 60 * 1000;
/** Numbers above this are times since the epoch, in seconds or, above the next, in milliseconds. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MILLISECONDS = 1e12;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** `6m0s`, `1.5s`, `20ms`. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
/** OpenAI's, those that follow it, and Anthropic's. */
const RESET = /^(?:x-ratelimit-reset(?:-(.+))?|anthropic-ratelimit-(.+)-reset)$/;

/**
 * How long the provider asks to be left alone, in milliseconds: `retry-after-ms`, `Retry-After` in seconds or as a date,
 * else the latest reset of a limit that is used up. `now` in milliseconds since the epoch.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const wait =
    numberIn(headers["retry-after-ms"]) ??
    waitOf(`${headers["retry-after"] ?? ""}`, now) ??
    resetOf(headers, now);
  return wait === undefined
    ? undefined
    : Math.min(Math.max(0, Math.ceil(wait)), LONGEST_MILLISECONDS);
}

function numberIn(value: string | string[] | undefined): number | undefined {
  const number = Number(value);
  return value === undefined || value === "" || !Number.isFinite(number) ? undefined : number;
}

function resetOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    const [matched, openai, anthropic] = RESET.exec(name) ?? [];
    if (matched === undefined || !isUsedUp(headers, openai, anthropic)) return [];
    return waitOf(`${value ?? ""}`, now) ?? [];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function isUsedUp(
  headers: IncomingHttpHeaders,
  openai: string | undefined,
  anthropic: string | undefined,
): boolean {
  const name =
    anthropic === undefined
      ? `x-ratelimit-remaining${openai === undefined ? "" : `-${openai}`}`
      : `anthropic-ratelimit-${anthropic}-remaining`;
  return (numberIn(headers[name]) ?? 0) <= 0;
}

/** Seconds, a duration, a time since the epoch, or a date. */
function waitOf(text: string, now: number): number | undefined {
  const number = numberIn(text.trim());
  if (number !== undefined) {
    if (number > EPOCH_MILLISECONDS) return number - now;
    return number > EPOCH_SECONDS ? number * 1000 - now : number * 1000;
  }
  if (DURATION.test(text)) return durationOf(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date - now;
}

function durationOf(text: string): number {
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return Array.from(parts, ([, amount, unit]) => Number(amount) * (UNITS[unit ?? ""] ?? 0)).reduce(
    (sum, part) => sum + part,
    0,
  );
}
