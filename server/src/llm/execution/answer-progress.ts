import type { ChatChunk, ChatResponse, Usage } from "../../protocols/openai/chat.ts";
import { hasRealToken } from "../../protocols/openai/chunk-content.ts";
import { ProviderFailure } from "../failure.ts";
import type { Received } from "./attempt.ts";

/** Ends that may stand without any text: cut before the first letter, filtered, or a call. */
const TELLING_ENDS: ReadonlySet<unknown> = new Set([
  "length",
  "content_filter",
  "tool_calls",
  "function_call",
]);
/** For our own count of what came, where the provider counts nothing; bridge.md 7. */
const CHARACTERS_PER_TOKEN = 3;

/** What a stream has brought so far. */
export class AnswerProgress {
  usage: Usage | null = null;
  #characters = 0;
  #hasToken = false;
  #end: unknown;

  see(chunk: ChatChunk): void {
    if (chunk.usage) this.usage = chunk.usage;
    for (const { delta, finish_reason } of chunk.choices) {
      if (finish_reason) this.#end = finish_reason;
      if (delta) this.#characters += charactersOf(delta);
    }
    this.#hasToken ||= hasContent(chunk);
  }

  /** Whether the answer has begun: a bare "stop" is none yet. */
  get hasBegun(): boolean {
    return this.#hasToken || TELLING_ENDS.has(this.#end);
  }

  /** Whether a stream that ended is an answer at all. */
  get isAnswer(): boolean {
    return this.hasBegun || isSilentStop(this.#end, this.usage);
  }

  received(): Received {
    return {
      usage: this.usage,
      completionTokens: Math.ceil(this.#characters / CHARACTERS_PER_TOKEN),
    };
  }
}

/** @throws ProviderFailure `empty` for a body without choices, or whose choices say nothing and do not tell why. */
export function checkAnswer(body: ChatResponse): void {
  const choices: unknown = body?.choices;
  if (!Array.isArray(choices) || choices.length === 0) throw emptyAnswer();
  if (!body.choices.some((choice) => isAnswered(choice, body.usage ?? null))) throw emptyAnswer();
}

export function emptyAnswer(): ProviderFailure {
  return new ProviderFailure("empty", "The answer has nothing in it.");
}

/** Our own count of an answer whose provider counts nothing. */
export function receivedOf(body: ChatResponse): Received {
  let characters = 0;
  for (const { message } of body.choices) characters += charactersOf(message);
  const completionTokens = Math.ceil(characters / CHARACTERS_PER_TOKEN);
  return { usage: body.usage ?? null, completionTokens };
}

function isAnswered(
  { message, finish_reason }: ChatResponse["choices"][number],
  usage: Usage | null,
): boolean {
  if (TELLING_ENDS.has(finish_reason) || isSilentStop(finish_reason, usage)) return true;
  if (message === undefined || message === null) return false;
  // Some servers answer with parts instead of a text.
  if (Array.isArray(message.content) && message.content.length > 0) return true;
  return hasRealToken({ choices: [{ index: 0, delta: message }] } as unknown as ChatChunk);
}

/** A model may choose to say nothing; then it made at least the token that ends its answer. */
function isSilentStop(end: unknown, usage: Usage | null): boolean {
  return end === "stop" && (usage?.completion_tokens ?? 0) > 0;
}

/** A real token that is not just an end. */
function hasContent(chunk: ChatChunk): boolean {
  if (!hasRealToken(chunk)) return false;
  if (chunk.choices.every(({ finish_reason }) => !finish_reason)) return true;
  const open = chunk.choices.map((choice) => ({ ...choice, finish_reason: null }));
  return hasRealToken({ ...chunk, choices: open });
}

/** What deltas and whole messages have in common. */
interface Spoken {
  content?: unknown;
  reasoning_content?: unknown;
  reasoning?: unknown;
  tool_calls?: readonly { function?: { arguments?: unknown } }[];
}

function charactersOf(delta: Spoken): number {
  let characters = lengthOf(delta.content) + lengthOf(delta.reasoning_content);
  characters += lengthOf(delta.reasoning);
  for (const call of delta.tool_calls ?? []) characters += lengthOf(call.function?.arguments);
  return characters;
}

function lengthOf(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
