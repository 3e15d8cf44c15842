import { z } from "zod";
import type { ConfigProblem } from "./config-error.ts";
import { nearestKey } from "./nearest-key.ts";
import { configSchema } from "./schema.ts";
import { schemaAt, schemaFacts } from "./schema-walk.ts";
import { formatPath, type MapNode, nodeAt, originAt, overrideVariable } from "./source-node.ts";

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, as problems with their place in the file or environment. */
export function schemaProblems(issues: readonly Issue[], root: MapNode): ConfigProblem[] {
  return issues.map((issue) => {
    const path = issue.path.map(String);
    const schema = schemaAt(configSchema, path);
    const { message, hint } = describeIssue(issue, { path, schema, root });
    const problem = { ...originAt(root, path), key: formatPath(path), message };
    return hint === undefined ? problem : { ...problem, hint };
  });
}

interface IssueContext {
  path: string[];
  schema: z.ZodType | undefined;
  root: MapNode;
}

interface Description {
  message: string;
  hint?: string | undefined;
}

function describeIssue(issue: Issue, context: IssueContext): Description {
  if (isMissing(context)) return describeMissing(context);
  switch (issue.code) {
    case "invalid_type":
      return describeType(issue.expected, context);
    case "invalid_value":
      return describeChoice(issue.values, context);
    case "too_small":
      return { message: tooSmall(issue) };
    case "too_big":
      return { message: `must be at most ${issue.maximum}.` };
    case "unrecognized_keys":
      return { message: "holds a key that is not known." };
    case "invalid_key":
      return { message: "must be lower-case letters, digits, _ and -." };
    default:
      return { message: `${issue.message}.` };
  }
}

/** Items of a list that is one text in the environment ("a,b") have no node and are not missing. */
function isMissing({ path, root }: IssueContext): boolean {
  if (nodeAt(root, path) !== undefined) return false;
  return nodeAt(root, path.slice(0, -1))?.kind !== "scalar";
}

function describeMissing({ path, root }: IssueContext): Description {
  const file = originAt(root, path).file;
  const variable = overrideVariable(path);
  return {
    message: "is missing.",
    hint: file === undefined ? `Set ${variable}.` : `Add it there, or set ${variable}.`,
  };
}

function describeType(expected: string, context: IssueContext): Description {
  const node = nodeAt(context.root, context.path);
  const wanted = expectedName(expected, context.schema);
  const message = `must be ${wanted}, and is ${writtenKind(node)}.`;
  const quotedNumber =
    node?.kind === "scalar" &&
    typeof node.value === "string" &&
    !node.loose &&
    (expected === "number" || expected === "int" || expected === "boolean");
  if (quotedNumber) return { message, hint: "Write it without quotes and without a unit." };
  if (expected === "string" && node?.kind === "scalar")
    return { message, hint: "Put it in quotes." };
  return { message };
}

function expectedName(expected: string, schema: z.ZodType | undefined): string {
  const core = schema && schemaFacts(schema).core;
  if (core instanceof z.ZodNumber && core.format === "safeint") return "a whole number";
  const names: Record<string, string> = {
    array: "a list",
    boolean: "true or false",
    int: "a whole number",
    number: "a number",
    object: "a mapping of keys to values",
    record: "a mapping of keys to values",
    string: "text",
  };
  return names[expected] ?? expected;
}

function writtenKind(node: ReturnType<typeof nodeAt>): string {
  if (node?.kind === "list") return "a list";
  if (node?.kind === "map") return "a mapping";
  const value = node?.value;
  if (value === null || value === undefined) return "empty";
  if (typeof value === "boolean") return "true or false";
  if (typeof value === "number") return numberKind(value);
  return "text";
}

function numberKind(value: number): string {
  if (!Number.isFinite(value)) return "infinite or not a number";
  return Number.isInteger(value) ? "a whole number" : "a number";
}

/** The written word is not repeated: it may be a secret in the wrong place. */
function describeChoice(values: readonly unknown[], { path, root }: IssueContext): Description {
  const choices = values.map(String);
  const nearest = nearestKey(writtenWord(root, path), choices);
  return {
    message: `must be one of ${choices.join(", ")}.`,
    hint: nearest === undefined ? undefined : `Did you mean ${nearest}?`,
  };
}

function writtenWord(root: MapNode, path: string[]): string {
  const node = nodeAt(root, path);
  if (node?.kind === "scalar") return String(node.value);
  const list = nodeAt(root, path.slice(0, -1));
  const items = list?.kind === "scalar" ? String(list.value).split(",") : [];
  return items[Number(path.at(-1))]?.trim() ?? "";
}

function tooSmall(issue: Extract<Issue, { code: "too_small" }>): string {
  if (issue.origin === "string") return "must not be empty.";
  if (issue.origin === "array") return "must have at least one entry.";
  return issue.inclusive === false
    ? `must be more than ${issue.minimum}.`
    : `must be at least ${issue.minimum}.`;
}
