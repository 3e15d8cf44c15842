import { FramingError } from "./stream-failure.ts";

export type JsonRecord = Record<string, unknown>;

/** Readers for JSON that others wrote: what is missing or of another type is `undefined`. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

/** An empty list where there is none. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; an empty list where there is none. */
export function asRecords(value: unknown): JsonRecord[] {
  return asList(value)
    .map(asRecord)
    .filter((item) => item !== undefined);
}

export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A text with something in it. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A count such as tokens; 0 where there is none. */
export function asCount(value: unknown): number {
  return Math.max(0, asNumber(value) ?? 0);
}

/** @throws FramingError when the text is not a JSON object. */
export function parseRecord(text: string, what: string): JsonRecord {
  const record = asRecord(parseLoose(text));
  if (record === undefined) throw new FramingError(`malformed: ${what} is not a JSON object`);
  return record;
}

/** Undefined for what is no JSON. */
export function parseLoose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what a text that is no JSON means to it.
    return undefined;
  }
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** The object without the keys whose value is undefined. */
export function defined<T extends object>(object: T): Defined<T> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
