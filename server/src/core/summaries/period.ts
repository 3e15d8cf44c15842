import type { SummaryLevel } from "../ports/summary-store.ts";

export const DAY_MS = 86_400_000;
/** Days from the Monday before the epoch, a Thursday, to the epoch. */
const MONDAY_TO_EPOCH = 3;
const THURSDAY = 3;

/** A whole day, week or month in UTC, milliseconds since the epoch; the end belongs to the next. */
export interface Period {
  since: number;
  until: number;
}

/**
 * The period that a moment lies in. Weeks begin on Monday. A month is whole weeks, those whose Thursday lies in it (as
 * ISO 8601 counts weeks of years), so that each week belongs to one month.
 */
export function periodOf(level: SummaryLevel, time: number): Period {
  switch (level) {
    case "daily":
      return daysFrom(Math.floor(time / DAY_MS) * DAY_MS, 1);
    case "weekly":
      return daysFrom(weekStart(time), 7);
    case "monthly": {
      const thursday = new Date(weekStart(time) + THURSDAY * DAY_MS);
      const [year, month] = [thursday.getUTCFullYear(), thursday.getUTCMonth()];
      return { since: monthStart(year, month), until: monthStart(year, month + 1) };
    }
  }
}

/** `2026-05-04`, for a day or the first day of a longer period. */
export function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function weekStart(time: number): number {
  const day = Math.floor(time / DAY_MS);
  const weekday = (((day + MONDAY_TO_EPOCH) % 7) + 7) % 7;
  return (day - weekday) * DAY_MS;
}

/** The Monday of the first week whose Thursday lies in the month. */
function monthStart(year: number, month: number): number {
  const first = Date.UTC(year, month, 1);
  const week = weekStart(first);
  return week + THURSDAY * DAY_MS < first ? week + 7 * DAY_MS : week;
}

function daysFrom(since: number, days: number): Period {
  return { since, until: since + days * DAY_MS };
}
