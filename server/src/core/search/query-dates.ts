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
const MONTH = `(${MONTHS.map((name) => `${name}|${name.slice(0, 3)}`).join("|")})`;
const YEAR = "((?:19|20)\\d\\d)";
const DAY_NUMBER = "(\\d{1,2})(?:st|nd|rd|th)?";
const ISO_DATE = /\b(\d{4})-(\d{2})(?:-(\d{2}))?\b/;
const DAY_MONTH = new RegExp(`\\b${DAY_NUMBER}(?: of)? ${MONTH}\\b(?:,? ${YEAR}\\b)?`, "i");
const MONTH_DAY = new RegExp(`\\b${MONTH}\\.? ${DAY_NUMBER}\\b(?:,? ${YEAR}\\b)?`, "i");
const MONTH_YEAR = new RegExp(`\\b${MONTH},? (?:of )?${YEAR}\\b`, "i");
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
  const named = Date.UTC(year ?? at.getUTCFullYear(), month - 1, day);
  const daysLater = (at.getTime() - named) / DAY;
  return daysLater >= -1 && daysLater <= DAYS_OF_GRACE;
}

function findNamedDate(query: string): NamedDate | undefined {
  const iso = ISO_DATE.exec(query);
  if (iso) return namedDate(iso[1], String(Number(iso[2])), iso[3]);
  const dayMonth = DAY_MONTH.exec(query);
  if (dayMonth) return namedDate(dayMonth[3], dayMonth[2], dayMonth[1]);
  const monthDay = MONTH_DAY.exec(query);
  if (monthDay) return namedDate(monthDay[3], monthDay[1], monthDay[2]);
  const monthYear = MONTH_YEAR.exec(query);
  if (monthYear) return namedDate(monthYear[2], monthYear[1], undefined);
  const month = MONTH_ALONE.exec(query);
  if (month) return namedDate(undefined, month[0], undefined);
  const year = YEAR_ALONE.exec(query);
  return year ? namedDate(year[1], undefined, undefined) : undefined;
}

function namedDate(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
): NamedDate | undefined {
  const monthNumber = month === undefined ? undefined : monthOf(month);
  if (monthNumber !== undefined && (monthNumber < 1 || monthNumber > 12)) return undefined;
  return {
    ...(year === undefined ? {} : { year: Number(year) }),
    ...(monthNumber === undefined ? {} : { month: monthNumber }),
    ...(day === undefined ? {} : { day: Number(day) }),
  };
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
