import type { ErrorCode, ErrorDetail } from "@sekha/sdk/contract";
import type { z } from "zod";
import { SekhaError } from "../core/errors.ts";

type Issue = z.core.$ZodIssue;

/** More would help nobody and could make an answer larger than its request. */
const MAXIMUM_DETAILS = 20;

const KIND: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
  undefined: "absent",
};

/** Parses what a client sent; rejects with every problem named in plain words. */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  code: ErrorCode = "validation_failed",
): z.output<T> {
  const result = schema.safeParse(value, { error: plainMessage });
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => explain(issue, []));
  const first = details[0] ?? { path: "", message: "is not valid" };
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see details)` : "";
  throw new SekhaError(code, `${sentence(first)}${more}.`, {
    details: details.slice(0, MAXIMUM_DETAILS),
  });
}

function sentence({ path, message }: ErrorDetail): string {
  return path === "" ? `The request: ${message}` : `${path}: ${message}`;
}

/** zod's own wording, where the contract has none, in words for people. */
function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : `must be ${kind(issue.expected)}, not ${kindOf(issue.input)}`;
    case "too_big":
      return `must be at most ${amount(issue.maximum, issue.origin)}`;
    case "too_small":
      return `must be at least ${amount(issue.minimum, issue.origin)}`;
    case "invalid_value":
      return issue.input === undefined
        ? "is required"
        : `must be one of ${issue.values.map(String).join(", ")}`;
    default:
      return undefined;
  }
}

function kind(expected: string): string {
  return KIND[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isFinite(value)) return "a number out of range";
  return kind(typeof value);
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === "string") return `${limit} characters`;
  if (origin === "array") return `${limit} ${Number(limit) === 1 ? "item" : "items"}`;
  return String(limit);
}

/** One detail per problem; of a union the branch that came closest speaks. */
function explain(issue: Issue, prefix: PropertyKey[]): ErrorDetail[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) {
    return [{ path: path.map(String).join("."), message: issue.message }];
  }
  const closest = issue.errors.find((branch) => !branch.some(refusesTheWhole));
  if (closest !== undefined) return closest.flatMap((inner) => explain(inner, path));
  return [{ path: path.map(String).join("."), message: alternatives(issue.errors.flat()) }];
}

function refusesTheWhole(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === "invalid_type";
}

function alternatives(issues: Issue[]): string {
  if (issues.some((issue) => issue.message === "is required")) return "is required";
  const kinds = issues.flatMap((issue) =>
    issue.code === "invalid_type" && issue.expected !== "null" ? [kind(issue.expected)] : [],
  );
  return kinds.length === 0 ? "is not valid" : `must be ${[...new Set(kinds)].join(" or ")}`;
}
