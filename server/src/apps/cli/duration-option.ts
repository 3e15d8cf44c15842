import { usageError } from "./cli-error.ts";

const UNIT_MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `30m`, `12h`, `90d` or `2w` of the command line in milliseconds. */
export function parseDuration(text: string, option: string): number {
  const milliseconds = durationOf(text);
  if (milliseconds !== null) return milliseconds;
  throw usageError(
    `${option} does not understand "${text}".`,
    "Write how long: 30m, 12h, 90d or 2w.",
  );
}

interface ExpiryOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** When something ends, as ISO 8601: `90d` from now, at the end of the day `2027-01-31` (UTC), or a full ISO time. */
export function parseExpiry(text: string, { now }: ExpiryOptions): string {
  const duration = durationOf(text);
  const time = new Date(duration === null ? momentOf(text) : now() + duration);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw usageError(
    `--expires does not understand "${text}".`,
    "Write how long from now (90d, 2w, 12h), a day (2027-01-31) or a time (2027-01-31T12:00:00Z).",
  );
}

function durationOf(text: string): number | null {
  const match = /^(\d{1,6})([mhdw])$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * UNIT_MILLISECONDS[match[2] as keyof typeof UNIT_MILLISECONDS];
}

function momentOf(text: string): number {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const end = new Date(`${text}T23:59:59Z`);
    // 2026-02-31 has the right form and is no day.
    const real = !Number.isNaN(end.getTime()) && end.toISOString().startsWith(text);
    return real ? end.getTime() : Number.NaN;
  }
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
}
