import { usageError } from "./cli-error.ts";

const UNIT_MILLISECONDS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

interface TimeOptions {
  /** Named when the text is no time. */
  option: string;
  /** A day means its last moment, not its first. */
  end: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * A time of the command line as ISO 8601: `2026-01-25` (that day here, not in UTC), a full ISO
 * time, or `12h`, `7d`, `2w` ago.
 */
export function parseTime(text: string, { option, end, now }: TimeOptions): string {
  const time = new Date(millisecondsOf(text, { end, now }));
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw usageError(
    `${option} does not understand "${text}".`,
    "Write a day (2026-01-25), a time (2026-01-25T20:30:00), or how long ago (12h, 7d, 2w).",
  );
}

function millisecondsOf(text: string, { end, now }: Omit<TimeOptions, "option">): number {
  const ago = /^(\d+)([hdw])$/.exec(text);
  if (ago !== null) {
    return now() - Number(ago[1]) * UNIT_MILLISECONDS[ago[2] as keyof typeof UNIT_MILLISECONDS];
  }
  const day = DAY.exec(text);
  if (day !== null) return localDay(day.slice(1).map(Number), end);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
}

function localDay([year = 0, month = 0, day = 0]: number[], end: boolean): number {
  const time = end
    ? new Date(year, month - 1, day, 23, 59, 59, 999)
    : new Date(year, month - 1, day);
  const real = time.getMonth() === month - 1 && time.getDate() === day;
  return real ? time.getTime() : Number.NaN;
}
