/** Below this a number counts seconds, from it on milliseconds: 5138 in one, 1973 in the other. */
const FIRST_MILLISECOND = 100_000_000_000;
const ISO =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ]+(?<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,](?<fraction>\d+))?)?\s*(?<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i;
/** Nothing longer is a time; it would only cost time to search. */
const LONGEST_TIME = 100;
const LONG_YEAR = /^[+-]\d{6}-\d{2}-\d{2}T[\d:.]+Z$/;

/**
 * Milliseconds since the epoch of an ISO 8601 time (no zone means UTC), of seconds or of
 * milliseconds; undefined for anything else.
 */
export function readTimestamp(value: unknown): number | undefined {
  if (typeof value === "number") {
    return fromNumber(value);
  }
  if (typeof value !== "string") {
    return undefined;
  }
  const text = value.trim();
  if (text.length > LONGEST_TIME) {
    return undefined;
  }
  if (/^\d+(\.\d+)?$/.test(text)) {
    return fromNumber(Number(text));
  }
  return finite(Date.parse(isoWithZone(text) ?? zonedText(text)));
}

/** ISO 8601 in UTC where a date can say it exactly, otherwise the number itself. */
export function writeTimestamp(milliseconds: number): string | number {
  const date = new Date(milliseconds);
  return date.getTime() === milliseconds ? date.toISOString() : milliseconds;
}

/** Reads back what {@link writeTimestamp} wrote: numbers are always milliseconds. */
export function readWrittenTimestamp(value: unknown): number | undefined {
  return typeof value === "number" ? finite(value) : readTimestamp(value);
}

function fromNumber(value: number): number | undefined {
  if (!(value > 0)) {
    return undefined;
  }
  const milliseconds = Math.round(value < FIRST_MILLISECOND ? value * 1000 : value);
  return finite(new Date(milliseconds).getTime());
}

function isoWithZone(text: string): string | undefined {
  if (LONG_YEAR.test(text)) {
    return text;
  }
  const groups = ISO.exec(text)?.groups;
  if (groups === undefined) {
    return undefined;
  }
  const { date, time = "00:00:00", fraction = "0", zone = "Z" } = groups;
  const clock = `${time.length % 3 === 1 ? "0" : ""}${time}`;
  const seconds = clock.length === 5 ? ":00" : "";
  return `${date}T${clock}${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}${zoneOf(zone)}`;
}

function zoneOf(zone: string): string {
  if (/^(Z|UTC)$/i.test(zone)) {
    return "Z";
  }
  const digits = zone.replace(":", "").padEnd(5, "0");
  return `${digits.slice(0, 3)}:${digits.slice(3)}`;
}

/** Other forms only with a zone: without one they would mean the time of this machine. */
function zonedText(text: string): string {
  return /(GMT|UTC|Z|[+-]\d{2}:?\d{2})(\s*\([^)]*\))?$/.test(text) ? text : "";
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
