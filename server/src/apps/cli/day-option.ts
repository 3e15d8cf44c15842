import { usageError } from "./cli-error.ts";

interface DayOptions {
  /** Named when the text is no day. */
  option: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const DAY_MILLISECONDS = 86_400_000;

/** A UTC day of the command line as `2026-01-25`: written so, or `7d`, `2w` ago. */
export function parseDay(text: string, { option, now }: DayOptions): string {
  const ago = /^(\d{1,5})([dw])$/.exec(text);
  if (ago !== null) {
    const days = Number(ago[1]) * (ago[2] === "w" ? 7 : 1);
    return isoDay(new Date(now() - days * DAY_MILLISECONDS));
  }
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  // 2026-02-31 has the right form and is no day.
  if (!Number.isNaN(day.getTime()) && isoDay(day) === text) return text;
  throw usageError(
    `${option} does not understand "${text}".`,
    "Write a day (2026-01-25), or how long ago (7d, 2w).",
  );
}

function isoDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}
