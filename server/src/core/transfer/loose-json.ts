import type { JsonObject, JsonValue } from "../conversations/conversation.ts";

/**
 * Readers for JSON that others wrote: what is missing or of another type is `undefined`.
 */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asList(value: unknown): JsonValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A text with anything but white space in it. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? cleanText(value) : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** The texts of a list, or of a comma-separated text. */
export function asTags(value: unknown): string[] {
  const items = typeof value === "string" ? value.split(",") : (asList(value) ?? []);
  const tags = items.flatMap((item) => asText(item)?.trim() ?? []);
  return [...new Set(tags)];
}

/** The first of these keys that holds a text. */
export function firstText(object: JsonObject, keys: string[]): string | undefined {
  for (const key of keys) {
    const text = asText(object[key]);
    if (text !== undefined) {
      return text;
    }
  }
  return undefined;
}

/**
 * Text as it was, without what neither UTF-8 nor SQLite can carry: lone surrogates become
 * U+FFFD, NUL is left out.
 */
export function cleanText(text: string): string {
  return /[\0\p{Surrogate}]/u.test(text)
    ? text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\uFFFD")
    : text;
}

/** {@link cleanText} for every key and text inside. */
export function cleanJson<T extends JsonValue>(value: T): T {
  return cleanValue(value) as T;
}

function cleanValue(value: JsonValue): JsonValue {
  if (typeof value === "string") {
    return cleanText(value);
  }
  if (Array.isArray(value)) {
    return value.map(cleanValue);
  }
  if (typeof value === "object" && value !== null) {
    // fromEntries defines own keys, so that "__proto__" stays data.
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [cleanText(key), cleanValue(inner)]),
    );
  }
  return value;
}

/** The same object without keys whose value is undefined. */
export function withoutUndefined(object: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
