import { z } from "zod";

/** Text as it is kept: lone surrogates become U+FFFD, NUL is dropped, since no store keeps either. */
function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll("\0", "");
}

export const text = z.string().transform(wellFormed);

/** Trimmed, 1 to `maximum` characters, without control characters. */
export function line(maximum: number) {
  return z
    .string()
    .transform((value) =>
      wellFormed(value)
        .replace(/\p{Cc}+/gu, " ")
        .trim(),
    )
    .pipe(z.string().min(1, "must not be empty").max(maximum, `at most ${maximum} characters`))
    .meta({ minLength: 1, maxLength: maximum });
}

/** A folder path: `work/notes/` is read as `/work/notes`. */
export const folder = z
  .string()
  .max(1000, "at most 1000 characters")
  .transform((value) => {
    const segments = wellFormed(value)
      .replace(/\p{Cc}+/gu, " ")
      .split("/")
      .map((segment) => segment.trim())
      .filter((segment) => segment !== "");
    return `/${segments.join("/")}`;
  })
  .meta({ description: "Slash-separated path; `/` is the root.", example: "/projects/notes" });

export const label = line(500).meta({
  description: "Title of a conversation.",
  example: "Spare keys",
});
export const tag = line(100).meta({
  description: "A tag; compared exactly.",
  example: "home",
});
export const tags = z
  .array(tag)
  .max(100, "at most 100 tags")
  .transform((values) => [...new Set(values)]);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const uuid = z
  .string()
  .regex(UUID, "must be a UUID such as 6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b")
  .transform((value) => value.toLowerCase())
  .meta({ format: "uuid" });

/** Latest time SQLite, PostgreSQL and JavaScript agree on: the end of the year 9999. */
const LAST_TIME = 253_402_300_799_999;

function parseTime(value: string | number): number {
  if (typeof value === "number") {
    // Seconds until the year 5138, milliseconds beyond.
    return Math.abs(value) < 1e11 ? Math.round(value * 1000) : Math.round(value);
  }
  const trimmed = value.trim();
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return parseTime(Number(trimmed));
  const iso = trimmed.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1");
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes("T") ? iso : `${iso}Z`;
  return Date.parse(zoned);
}

/** ISO 8601 (without a zone: UTC), a date, or Unix time; read into milliseconds since the epoch. */
export const time = z
  .union([z.string().max(64), z.number()])
  .transform((value, context) => {
    const milliseconds = parseTime(value);
    if (Number.isFinite(milliseconds) && Math.abs(milliseconds) <= LAST_TIME) return milliseconds;
    context.addIssue({ code: "custom", message: "must be a time such as 2026-01-25T20:30:00Z" });
    return z.NEVER;
  })
  .meta({ description: "ISO 8601 time; without a zone it is UTC." });

export const importance = z
  .number()
  .min(1, "must be from 1 to 10")
  .max(10, "must be from 1 to 10")
  .meta({ description: "1 (may go) to 10 (keep always).", example: 8 });

export const metadata = z
  .record(z.string(), z.unknown())
  .meta({ description: "Any JSON object; kept as given." });

/** ISO 8601 in UTC, as every answer writes times. */
export const isoTime = z.string().meta({ format: "date-time" });

/** A query parameter that holds a list: repeated, or separated by commas. */
export function listParameter<T extends z.ZodType>(item: T) {
  return z
    .preprocess((value) => {
      if (value === undefined) return undefined;
      const values = Array.isArray(value) ? value : [value];
      return values.flatMap((one) => String(one).split(",")).filter((one) => one.trim() !== "");
    }, z.array(item))
    .meta({ type: "array", items: { type: "string" } });
}

/** `true`, `false`, `1`, `0` in a query string. */
export const flagParameter = z
  .union([z.boolean(), z.enum(["true", "false", "1", "0", ""])])
  .transform((value) => value === true || value === "true" || value === "1" || value === "");

function wholeNumber(minimum: number, maximum: number) {
  return z.coerce
    .number(`must be a whole number from ${minimum} to ${maximum}`)
    .int("must be a whole number")
    .min(minimum, `must be from ${minimum} to ${maximum}`)
    .max(maximum, `must be from ${minimum} to ${maximum}`);
}

export const limitParameter = wholeNumber(1, 1000);
export const offsetParameter = wholeNumber(0, 10_000_000);
export const pageParameter = wholeNumber(1, 1_000_000);

/** Numbers in a JSON body: no strings, as everywhere in JSON. */
export function wholeNumberValue(minimum: number, maximum: number) {
  return z
    .number()
    .int("must be a whole number")
    .min(minimum, `must be from ${minimum} to ${maximum}`)
    .max(maximum, `must be from ${minimum} to ${maximum}`);
}
