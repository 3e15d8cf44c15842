import type { ChatRequest } from "../../protocols/openai/chat.ts";
import {
  either,
  type FieldCheck,
  FieldProblems,
  type Fields,
  flag,
  isObject,
  list,
  listOf,
  numberBetween,
  object,
  optional,
  required,
  requireObject,
  text,
  textUpTo,
  wholeNumber,
} from "./field-checks.ts";

const ROLES = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

const role: FieldCheck = required((value) =>
  typeof value === "string" && ROLES.has(value) ? null : `must be one of ${[...ROLES].join(", ")}`,
);

const namedFunction: FieldCheck = (value) =>
  isObject(value) && typeof value.name === "string" ? null : "must be an object with a name";

/** What Sekha or a translator reads; everything else passes through to the provider, who knows it better. */
const REQUEST = [
  ["model", optional(textUpTo(500))],
  ["messages", required(list)],
  ["stream", optional(flag)],
  ["stream_options", optional(object)],
  ["max_tokens", optional(wholeNumber(1))],
  ["max_completion_tokens", optional(wholeNumber(1))],
  ["temperature", optional(numberBetween(0, 2))],
  ["top_p", optional(numberBetween(0, 1))],
  ["n", optional(wholeNumber(1))],
  ["stop", optional(either(text, listOf(text)))],
  ["seed", optional(wholeNumber(Number.MIN_SAFE_INTEGER))],
  ["tools", optional(list)],
  ["tool_choice", optional(either(text, object))],
  ["parallel_tool_calls", optional(flag)],
  ["response_format", optional(object)],
  ["reasoning_effort", optional(text)],
  ["user", optional(text)],
] as const;

/** Which null means the same as leaving out; the types behind this file know no null there. */
const NULL_IS_ABSENT = ["tools", "tool_choice", "parallel_tool_calls", "response_format", "user"];

/**
 * OpenAI's request out of a parsed body, which is the same object.
 * Rejects with `validation_failed`, naming every field that is wrong.
 */
export function checkChatRequest(body: unknown): ChatRequest {
  const fields = requireObject(body, "validation_failed");
  const problems = new FieldProblems();
  problems.check(fields, REQUEST);
  checkMessages(fields.messages, problems);
  eachObject(fields.tools, "tools", { problems, check: checkTool });
  checkResponseFormat(fields.response_format, problems);
  problems.raise("validation_failed");
  dropNulls(fields, NULL_IS_ABSENT);
  return fields as unknown as ChatRequest;
}

const MESSAGE = [
  ["role", role],
  ["name", optional(text)],
  ["tool_calls", optional(list)],
  ["tool_call_id", optional(text)],
] as const;

/** At least one message, each with a known role and content that can be read. */
export function checkMessages(messages: unknown, problems: FieldProblems): void {
  if (!Array.isArray(messages)) return;
  if (messages.length === 0) problems.add("messages", "must have at least one message");
  eachObject(messages, "messages", { problems, check: checkMessage });
}

interface ItemCheck {
  problems: FieldProblems;
  check: (item: Fields, path: string, problems: FieldProblems) => void;
}

function eachObject(items: unknown, name: string, { problems, check }: ItemCheck): void {
  if (!Array.isArray(items)) return;
  items.forEach((item: unknown, index) => {
    if (isObject(item)) check(item, `${name}.${index}.`, problems);
    else problems.add(`${name}.${index}`, "must be an object");
  });
}

function checkMessage(message: Fields, path: string, problems: FieldProblems): void {
  problems.check(message, MESSAGE, path);
  checkContent(message.content, path, problems);
  eachObject(message.tool_calls, `${path}tool_calls`, { problems, check: checkToolCall });
  dropNulls(message, ["name", "tool_calls", "tool_call_id"]);
}

function checkContent(content: unknown, path: string, problems: FieldProblems): void {
  if (content === undefined || content === null || typeof content === "string") return;
  if (Array.isArray(content)) {
    eachObject(content, `${path}content`, { problems, check: checkPart });
  } else {
    problems.add(`${path}content`, "must be text or a list of parts");
  }
}

const IMAGE = [
  ["url", required(text)],
  ["detail", optional(text)],
] as const;
const AUDIO = [
  ["data", required(text)],
  ["format", required(text)],
] as const;

function checkPart(part: Fields, path: string, problems: FieldProblems): void {
  switch (part.type) {
    case "text":
    case "refusal":
      problems.check(part, [[part.type, required(text)]], path);
      break;
    case "image_url":
      checkInner(part, { name: "image_url", checks: IMAGE, path }, problems);
      break;
    case "input_audio":
      checkInner(part, { name: "input_audio", checks: AUDIO, path }, problems);
      break;
    case "file":
      checkInner(part, { name: "file", checks: [], path }, problems);
      break;
    default:
      problems.check(part, [["type", required(text)]], path);
  }
}

interface Inner {
  name: string;
  checks: readonly (readonly [string, FieldCheck])[];
  path: string;
}

function checkInner(part: Fields, { name, checks, path }: Inner, problems: FieldProblems): void {
  const inner = part[name];
  if (isObject(inner)) problems.check(inner, checks, `${path}${name}.`);
  else problems.add(path + name, inner === undefined ? "is required" : "must be an object");
}

const CALLED_FUNCTION = [
  ["name", required(text)],
  ["arguments", optional(text)],
] as const;

function checkToolCall(call: Fields, path: string, problems: FieldProblems): void {
  problems.check(call, [["id", optional(text)]], path);
  if (call.type !== undefined && call.type !== "function") return;
  checkInner(call, { name: "function", checks: CALLED_FUNCTION, path }, problems);
}

const DECLARED_FUNCTION = [
  ["name", required(text)],
  ["description", optional(text)],
  ["parameters", optional(object)],
] as const;

function checkTool(tool: Fields, path: string, problems: FieldProblems): void {
  problems.check(tool, [["type", required(text)]], path);
  if (tool.type !== "function") return;
  checkInner(tool, { name: "function", checks: DECLARED_FUNCTION, path }, problems);
}

function checkResponseFormat(format: unknown, problems: FieldProblems): void {
  if (!isObject(format)) return;
  problems.check(format, [["type", required(text)]], "response_format.");
  if (format.type !== "json_schema") return;
  const schema = format.json_schema;
  const problem = required(namedFunction)(schema);
  if (problem !== null) problems.add("response_format.json_schema", problem);
  else if (isObject(schema)) {
    problems.check(schema, [["schema", optional(object)]], "response_format.json_schema.");
  }
}

function dropNulls(fields: Fields, names: readonly string[]): void {
  for (const name of names) if (fields[name] === null) delete fields[name];
}
