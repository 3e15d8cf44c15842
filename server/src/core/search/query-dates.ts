/** A calendar period that a query names. Months count from 1. Without a year the period recurs every year. */
export type NamedDate = { readonly year?: number; readonly month?: number; readonly day?: number };
/** A span of time, in milliseconds since the epoch, both ends included. */
export type TimeSpan = { readonly from: number; readonly to: number };
export type QueryDate = NamedDate | TimeSpan;

const DAY = 86_400_000;
/** People say "on 3 May" of what they wrote about a few days later; it also covers time zones. */
const DAYS_OF_GRACE = 3;
const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const MONTH = `(${MONTHS.map((name) => `${name}|${name.slice(0, 3)}`).join("|")}|sept)`;
const YEAR = "((?:19|20)\\d\\d)";
const DAY_NUMBER = "(\\d{1,2})(?:st|nd|rd|th)?";
const ISO_DATE = new RegExp(`\\b${YEAR}-(\\d\\d)(?:-(\\d\\d))?\\b`);
const DAY_MONTH = new RegExp(`\\b${DAY_NUMBER}(?: of)? ${MONTH}\\b(?:,? ${YEAR}\\b)?`, "i");
const MONTH_DAY = new RegExp(`\\b${MONTH}\\.? ${DAY_NUMBER}\\b(?:,? ${YEAR}\\b)?`, "i");
const MONTH_YEAR = new RegExp(`\\b${MONTH}\\.?,? (?:of )?${YEAR}\\b`, "i");
/** A month alone counts only when written as a name: "may" and "march" are verbs too. */
const MONTH_ALONE = new RegExp(
  `\\b${MONTHS.map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`).join("|")}\\b`,
);
const YEAR_ALONE = new RegExp(`\\b(?:in|of|during|since|year) ${YEAR}\\b`, "i");

/** The first date that a query names, or undefined. `now` (milliseconds) is needed for "yesterday" or "last week". */
export function findQueryDate(query: string, now?: number): QueryDate | undefined {
  return findNamedDate(query) ?? (now === undefined ? undefined : findRelativeSpan(query, now));
}

/** Whether a moment (milliseconds since the epoch, taken as UTC) lies in the period. */
export function isWithin(moment: number, date: QueryDate): boolean {
  if ("from" in date) return moment >= date.from && moment <= date.to;
  const at = new Date(moment);
  if (date.day !== undefined && date.month !== undefined) return isNearDay(at, date);
  if (date.month !== undefined && at.getUTCMonth() + 1 !== date.month) return false;
  return date.year === undefined || at.getUTCFullYear() === date.year;
}

function isNearDay(at: Date, { year, month = 1, day = 1 }: NamedDate): boolean {
  const thisYear = at.getUTCFullYear();
  // Without a year the days around New Year belong to a day of the year before or after.
  const years = year === undefined ? [thisYear - 1, thisYear, thisYear + 1] : [year];
  return years.some((one) => {
    const daysLater = (at.getTime() - Date.UTC(one, month - 1, day)) / DAY;
    return daysLater >= -1 && daysLater <= DAYS_OF_GRACE;
  });
}

/** The forms a date is written in, the most exact first, with the groups that hold its parts. */
const FORMS: readonly { pattern: RegExp; year?: number; month?: number; day?: number }[] = [
  { pattern: ISO_DATE, year: 1, month: 2, day: 3 },
  { pattern: DAY_MONTH, day: 1, month: 2, year: 3 },
  { pattern: MONTH_DAY, month: 1, day: 2, year: 3 },
  { pattern: MONTH_YEAR, month: 1, year: 2 },
  { pattern: MONTH_ALONE, month: 0 },
  { pattern: YEAR_ALONE, year: 1 },
];

/** A date that no calendar has (31 February, month 13) is none; a vaguer form may still fit. */
function findNamedDate(query: string): NamedDate | undefined {
  for (const { pattern, ...groups } of FORMS) {
    const found = pattern.exec(query);
    if (found === null) continue;
    const part = (group: number | undefined) => (group === undefined ? undefined : found[group]);
    const date = namedDate(part(groups.year), part(groups.month), part(groups.day));
    if (isInCalendar(date)) return date;
  }
  return undefined;
}

function namedDate(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
): NamedDate {
  return {
    ...(year === undefined ? {} : { year: Number(year) }),
    ...(month === undefined ? {} : { month: monthOf(month) }),
    ...(day === undefined ? {} : { day: Number(day) }),
  };
}

/** Without a year, 29 February counts as a day. */
function isInCalendar({ year = 2000, month = 1, day = 1 }: NamedDate): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function monthOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return MONTHS.findIndex((name) => name.startsWith(text.slice(0, 3).toLowerCase())) + 1;
}

const NUMBERS = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
];
const UNIT_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30.4, year: 365.25 };
const AGO = new RegExp(`\\b(\\d+|an?|${NUMBERS.join("|")}) (day|week|month|year)s? ago\\b`, "i");
const LAST = /\b(last|this|past) (week|month|year)\b/i;

function findRelativeSpan(query: string, now: number): TimeSpan | undefined {
  if (/\byesterday\b/i.test(query)) return { from: now - 2 * DAY, to: now };
  if (/\btoday\b/i.test(query)) return { from: now - DAY, to: now };
  const last = LAST.exec(query);
  if (last) {
    const days = UNIT_DAYS[last[2]?.toLowerCase() ?? ""] ?? 1;
    return { from: now - (last[1]?.toLowerCase() === "last" ? 2 : 1) * days * DAY, to: now };
  }
  const ago = AGO.exec(query);
  if (!ago) return undefined;
  const days = UNIT_DAYS[ago[2]?.toLowerCase() ?? ""] ?? 1;
  const distance = countOf(ago[1]?.toLowerCase() ?? "") * days;
  // "Three weeks ago" is meant to half a unit.
  return { from: now - (distance + days / 2 + 1) * DAY, to: now - (distance - days / 2 - 1) * DAY };
}

function countOf(word: string): number {
  if (/^\d+$/.test(word)) return Number(word);
  return Math.max(1, NUMBERS.indexOf(word));
}
