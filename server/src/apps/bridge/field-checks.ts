import type { ErrorCode, ErrorDetail } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";

/** A JSON object whose fields nobody has looked at yet. */
export type Fields = Record<string, unknown>;

/** What is wrong with a value; null: nothing. */
export type FieldCheck = (value: unknown) => string | null;

/** More would help nobody and could make an answer larger than its request. */
const MAXIMUM_PROBLEMS = 20;

/**
 * Problems of a body, with their places. By hand rather than by schema: a schema copies every part of every message, and
 * a chat request is checked in less time than its JSON is parsed.
 */
export class FieldProblems {
  readonly #details: ErrorDetail[] = [];

  add(path: string, message: string): void {
    if (this.#details.length < MAXIMUM_PROBLEMS) this.#details.push({ path, message });
  }

  /** Each field by its check; fields without one pass. */
  check(fields: Fields, checks: readonly (readonly [string, FieldCheck])[], path = ""): void {
    for (const [name, check] of checks) {
      const problem = check(fields[name]);
      if (problem !== null) this.add(path + name, problem);
    }
  }

  /** Rejects with all of them, or with nothing. */
  raise(code: ErrorCode): void {
    const [first] = this.#details;
    if (first === undefined) return;
    const more = this.#details.length > 1 ? ` (and ${this.#details.length - 1} more)` : "";
    throw new SekhaError(code, `${first.path || "The body"}: ${first.message}${more}.`, {
      details: this.#details,
    });
  }
}

/** The body as an object. Rejects with the code for anything else. */
export function requireObject(value: unknown, code: ErrorCode): Fields {
  if (value === undefined) {
    throw new SekhaError("invalid_json", "The body is empty. Send a JSON object.");
  }
  if (isObject(value)) return value;
  const details = [{ path: "", message: "must be an object" }];
  throw new SekhaError(code, "The body must be a JSON object.", { details });
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** null counts as absent, as clients of every language send it. */
export function optional(check: FieldCheck): FieldCheck {
  return (value) => (value === undefined || value === null ? null : check(value));
}

export function required(check: FieldCheck): FieldCheck {
  return (value) => (value === undefined ? "is required" : check(value));
}

export const text: FieldCheck = (value) => (typeof value === "string" ? null : "must be text");

export const flag: FieldCheck = (value) =>
  typeof value === "boolean" ? null : "must be true or false";

export const object: FieldCheck = (value) => (isObject(value) ? null : "must be an object");

export const list: FieldCheck = (value) => (Array.isArray(value) ? null : "must be a list");

export function textUpTo(maximum: number): FieldCheck {
  return (value) =>
    text(value) ??
    (String(value).length > maximum ? `must be at most ${maximum} characters` : null);
}

export function wholeNumber(minimum: number): FieldCheck {
  return (value) => {
    if (typeof value !== "number") return "must be a whole number";
    if (!Number.isSafeInteger(value)) return "must be a whole number";
    return value < minimum ? `must be at least ${minimum}` : null;
  };
}

export function numberBetween(minimum: number, maximum: number): FieldCheck {
  return (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
    return value < minimum || value > maximum ? `must be from ${minimum} to ${maximum}` : null;
  };
}

export function either(...checks: readonly FieldCheck[]): FieldCheck {
  return (value) => {
    const problems: string[] = [];
    for (const check of checks) {
      const problem = check(value);
      if (problem === null) return null;
      problems.push(problem.replace(/^must be /, ""));
    }
    return `must be ${problems.join(" or ")}`;
  };
}

export function listOf(check: FieldCheck): FieldCheck {
  return (value) => {
    if (!Array.isArray(value)) return "must be a list";
    for (const item of value) {
      const problem = check(item);
      if (problem !== null) return `each item ${problem}`;
    }
    return null;
  };
}
