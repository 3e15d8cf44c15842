import type { ResponsesRequest } from "../../protocols/openai/responses-wire.ts";
import {
  either,
  type FieldCheck,
  FieldProblems,
  type Fields,
  flag,
  isObject,
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
const content = either(text, listOf(typed));

const LOGPROBS = "message.output_text.logprobs";

/** What else a client may ask to have included belongs to OpenAI's own tools, or is of no use without storing. */
const included: FieldCheck = (value) => {
  if (!Array.isArray(value)) return "must be a list";
  return value.includes(LOGPROBS)
    ? `must not have ${LOGPROBS}: POST /v1/chat/completions has log probabilities`
    : null;
};

const REQUEST = [
  ["model", optional(textUpTo(500))],
  ["input", required(either(text, listOf(object)))],
  ["instructions", optional(text)],
  ["stream", optional(flag)],
  ["store", optional(flag)],
  ["max_output_tokens", optional(wholeNumber(1))],
  ["temperature", optional(numberBetween(0, 2))],
  ["top_p", optional(numberBetween(0, 1))],
  ["tools", optional(listOf(typed))],
  ["tool_choice", optional(either(text, object))],
  ["parallel_tool_calls", optional(flag)],
  ["text", optional(object)],
  ["reasoning", optional(object)],
  ["include", optional(included)],
  ["metadata", optional(object)],
  ["user", optional(text)],
] as const;

/** What only a server that keeps responses could do, and what no other API has. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  previous_response_id:
    "is not known, since no response is stored here: send the whole history as input, or let the proxy's memory recall it",
  conversation:
    "is not known, since no conversation of OpenAI's is stored here: send the whole history as input, or let the proxy's memory recall it",
  prompt: "is not supported here: send its text as instructions and input",
  background: "is not supported here: leave it out and read the answer, whole or streamed",
  top_logprobs: "is not supported here: POST /v1/chat/completions has log probabilities",
};

const MESSAGE = [
  [
    "role",
    required((value: unknown) =>
      ["user", "assistant", "system", "developer"].includes(String(value))
        ? null
        : "must be user, assistant, system or developer",
    ),
  ],
  ["content", required(content)],
] as const;

const CALL = [
  ["call_id", required(text)],
  ["name", required(text)],
  ["arguments", required(text)],
] as const;

const RESULT = [
  ["call_id", required(text)],
  ["output", required(content)],
] as const;

const FUNCTION = [
  ["name", required(text)],
  ["description", optional(text)],
  ["parameters", optional(object)],
] as const;

/** A Responses request out of a parsed body. Rejects with `invalid_request`: OpenAI answers 400 too. */
export function checkResponsesRequest(body: unknown): ResponsesRequest {
  const fields = requireObject(body, "invalid_request");
  const problems = new FieldProblems();
  for (const [name, problem] of Object.entries(NOT_OFFERED)) {
    const value = fields[name];
    if (value !== undefined && value !== null && value !== false && value !== 0) {
      problems.add(name, problem);
    }
  }
  problems.check(fields, REQUEST);
  checkItems(fields.input, problems);
  checkTools(fields.tools, problems);
  checkFormat(fields.text, problems);
  problems.raise("invalid_request");
  return fields as unknown as ResponsesRequest;
}

function checkItems(input: unknown, problems: FieldProblems): void {
  if (!Array.isArray(input)) return;
  if (input.length === 0) problems.add("input", "must have at least one item");
  input.filter(isObject).forEach((item, index) => {
    checkItem(item, `input.${index}.`, problems);
  });
}

function checkItem(item: Fields, path: string, problems: FieldProblems): void {
  problems.check(item, [["type", optional(text)]], path);
  switch (item.type ?? "message") {
    case "message":
      problems.check(item, MESSAGE, path);
      break;
    case "function_call":
      problems.check(item, CALL, path);
      break;
    case "function_call_output":
      problems.check(item, RESULT, path);
      break;
  }
}

function checkTools(tools: unknown, problems: FieldProblems): void {
  if (!Array.isArray(tools)) return;
  tools.forEach((tool: unknown, index) => {
    if (isObject(tool) && tool.type === "function") {
      problems.check(tool, FUNCTION, `tools.${index}.`);
    }
  });
}

function checkFormat(config: unknown, problems: FieldProblems): void {
  if (!isObject(config)) return;
  const { format } = config;
  problems.check(config, [["format", optional(typed)]], "text.");
  if (!isObject(format) || format.type !== "json_schema") return;
  const checks = [
    ["name", required(text)],
    ["schema", required(object)],
  ] as const;
  problems.check(format, checks, "text.format.");
}
