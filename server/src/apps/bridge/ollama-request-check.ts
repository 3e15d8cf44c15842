import type {
  OllamaChatRequest,
  OllamaEmbedRequest,
  OllamaGenerateRequest,
} from "../../protocols/ollama/wire.ts";
import { someText } from "./embedding-input.ts";
import {
  either,
  type FieldCheck,
  FieldProblems,
  type Fields,
  flag,
  isObject,
  list,
  listOf,
  object,
  optional,
  required,
  requireObject,
  text,
  textUpTo,
  wholeNumber,
} from "./field-checks.ts";

type Checks = readonly (readonly [string, FieldCheck])[];

const number: FieldCheck = (value) => (typeof value === "number" ? null : "must be a number");

const COMMON: Checks = [
  ["model", optional(textUpTo(500))],
  ["stream", optional(flag)],
  ["options", optional(object)],
  ["keep_alive", optional(either(text, number))],
  ["format", optional(either(text, object))],
  ["think", optional(either(flag, text))],
];

const CHAT: Checks = [...COMMON, ["messages", optional(list)], ["tools", optional(listOf(object))]];

const GENERATE: Checks = [
  ...COMMON,
  ["prompt", optional(text)],
  ["system", optional(text)],
  ["suffix", optional(text)],
  ["template", optional(text)],
  ["raw", optional(flag)],
  ["images", optional(listOf(text))],
  ["context", optional(list)],
];

const ROLES = new Set(["system", "developer", "user", "assistant", "tool"]);

const MESSAGE: Checks = [
  [
    "role",
    required((value) =>
      typeof value === "string" && ROLES.has(value)
        ? null
        : `must be one of ${[...ROLES].join(", ")}`,
    ),
  ],
  ["content", optional(text)],
  ["thinking", optional(text)],
  ["images", optional(listOf(text))],
  ["tool_calls", optional(listOf(object))],
  ["tool_name", optional(text)],
];

const EMBED: Checks = [
  ["model", optional(textUpTo(500))],
  ["input", required(either(text, listOf(someText)))],
  ["dimensions", optional(wholeNumber(1))],
];

const EMBEDDINGS: Checks = [
  ["model", optional(textUpTo(500))],
  ["prompt", required(text)],
];

const SHOW: Checks = [
  ["model", optional(textUpTo(500))],
  ["name", optional(textUpTo(500))],
];

/** Ollama's requests out of parsed bodies. Reject with `invalid_request`, the 400 that its clients know. */
export function checkOllamaChat(body: unknown): Partial<OllamaChatRequest> {
  const problems = new FieldProblems();
  const fields = checked(body, CHAT, problems);
  checkMessages(fields, problems);
  problems.raise("invalid_request");
  return fields as Partial<OllamaChatRequest>;
}

export function checkOllamaGenerate(body: unknown): OllamaGenerateRequest {
  return simple<OllamaGenerateRequest>(body, GENERATE);
}

export function checkOllamaEmbed(body: unknown): Partial<OllamaEmbedRequest> & {
  input: string | string[];
} {
  return simple(body, EMBED);
}

export function checkOllamaEmbeddings(body: unknown): { model?: string | null; prompt: string } {
  return simple(body, EMBEDDINGS);
}

export function checkOllamaShow(body: unknown): { model?: string | null; name?: string | null } {
  return simple(body, SHOW);
}

function simple<T>(body: unknown, checks: Checks): T {
  const problems = new FieldProblems();
  const fields = checked(body, checks, problems);
  problems.raise("invalid_request");
  return fields as T;
}

/** Without the nulls, which Ollama takes for absent. */
function checked(body: unknown, checks: Checks, problems: FieldProblems): Fields {
  const fields = requireObject(body, "invalid_request");
  problems.check(fields, checks);
  for (const [name] of checks) if (fields[name] === null) delete fields[name];
  return fields;
}

function checkMessages({ messages }: Fields, problems: FieldProblems): void {
  if (!Array.isArray(messages)) return;
  messages.forEach((message: unknown, index) => {
    if (isObject(message)) problems.check(message, MESSAGE, `messages.${index}.`);
    else problems.add(`messages.${index}`, "must be an object");
  });
}
