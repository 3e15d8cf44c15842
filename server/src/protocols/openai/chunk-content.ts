import { asRecord, asText } from "../loose-json.ts";
import type { ChatChunk, Usage } from "./chat.ts";

/** Where providers put what a model says or thinks; `reasoning` is OpenRouter's name of it. */
const TEXT_FIELDS = ["content", "reasoning_content", "reasoning", "refusal"];

/**
 * Whether the chunk carries anything of the answer: text, reasoning, a refusal, a part of a tool call, or its end. What
 * servers send while they start up (a role, an empty text, usage alone) is not.
 */
export function hasRealToken(chunk: ChatChunk): boolean {
  const choices: unknown = chunk.choices;
  return Array.isArray(choices) && choices.some(isAnswering);
}

function isAnswering(choice: unknown): boolean {
  const { finish_reason, delta } = asRecord(choice) ?? {};
  if (asText(finish_reason) !== undefined) return true;
  const content = asRecord(delta);
  if (content === undefined) return false;
  if (TEXT_FIELDS.some((field) => asText(content[field]) !== undefined)) return true;
  if (Array.isArray(content.tool_calls) && content.tool_calls.length > 0) return true;
  // The older form of a tool call, and spoken answers.
  return asRecord(content.function_call) !== undefined || asRecord(content.audio) !== undefined;
}

/** No tokens at all. */
export function emptyUsage(): Usage {
  return { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
}
