import type { AnthropicRequest } from "../../protocols/anthropic/wire.ts";
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

const typed: FieldCheck = (value) =>
  isObject(value) && typeof value.type === "string" ? null : "must be an object with a type";
const named: FieldCheck = (value) =>
  isObject(value) && typeof value.name === "string" && value.name !== ""
    ? null
    : "must be an object with a name";
const content = either(text, listOf(typed));

const COUNTED = [
  ["model", optional(textUpTo(500))],
  ["messages", required(list)],
  ["system", optional(content)],
  ["tools", optional(listOf(named))],
  ["tool_choice", optional(object)],
  ["thinking", optional(object)],
] as const;

const ANSWERED = [
  ["max_tokens", required(wholeNumber(1))],
  ["stream", optional(flag)],
  ["temperature", optional(numberBetween(0, 2))],
  ["top_p", optional(numberBetween(0, 1))],
  ["top_k", optional(wholeNumber(0))],
  ["stop_sequences", optional(listOf(text))],
  ["metadata", optional(object)],
  ["output_config", optional(object)],
] as const;

const TURN = [
  [
    "role",
    required((value: unknown) =>
      value === "user" || value === "assistant" || value === "system"
        ? null
        : "must be user or assistant",
    ),
  ],
  ["content", required(content)],
] as const;

/** Anthropic's request out of a parsed body. Rejects with `invalid_request`, the 400 that its clients know. */
export function checkAnthropicRequest(
  body: unknown,
  { counting }: { counting: boolean } = { counting: false },
): AnthropicRequest {
  const fields = requireObject(body, "invalid_request");
  const problems = new FieldProblems();
  problems.check(fields, COUNTED);
  if (!counting) problems.check(fields, ANSWERED);
  checkTurns(fields, problems);
  problems.raise("invalid_request");
  return fields as unknown as AnthropicRequest;
}

function checkTurns({ messages }: Fields, problems: FieldProblems): void {
  if (!Array.isArray(messages)) return;
  if (messages.length === 0) problems.add("messages", "must have at least one message");
  messages.forEach((turn: unknown, index) => {
    if (isObject(turn)) problems.check(turn, TURN, `messages.${index}.`);
    else problems.add(`messages.${index}`, "must be an object");
  });
}
