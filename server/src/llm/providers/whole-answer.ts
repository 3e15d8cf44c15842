import {
  asCount,
  asRecord,
  asRecords,
  asText,
  type JsonRecord,
} from "../../protocols/loose-json.ts";
import { ProviderFailure } from "../failure.ts";
import { type CallTarget, targetName } from "../transport/call-target.ts";

/**
 * Throws ProviderFailure for what is no whole chat answer: `malformed` for one without choices, `empty` for one that
 * ended of itself without a word or a token. One that was cut by its token limit may hold nothing: the model thought that
 * long. One whose tokens were counted may too: the model chose to say nothing, as after the result of a tool.
 */
export function requireAnswer(body: JsonRecord, target: CallTarget): void {
  const flaw = flawOf(body);
  if (flaw === undefined) return;
  const what = flaw === "empty" ? "is empty" : "has no choices";
  throw new ProviderFailure(flaw, `The answer of ${targetName(target)} ${what}.`);
}

function flawOf(body: JsonRecord): "malformed" | "empty" | undefined {
  if (!Array.isArray(body.choices)) return "malformed";
  const choices = asRecords(body.choices);
  if (choices.length === 0) return "empty";
  if (choices.some(({ message }) => asRecord(message) === undefined)) return "malformed";
  const hasTokens = asCount(asRecord(body.usage)?.completion_tokens) > 0;
  return !hasTokens && choices.every(isSilent) ? "empty" : undefined;
}

function isSilent({ message, finish_reason }: JsonRecord): boolean {
  if (finish_reason === "length" || finish_reason === "content_filter") return false;
  const { content, refusal, reasoning_content, reasoning, tool_calls, function_call, audio } =
    asRecord(message) ?? {};
  const texts = [content, refusal, reasoning_content, reasoning];
  if (texts.some((text) => asText(text) !== undefined)) return false;
  if ([content, tool_calls].some((list) => Array.isArray(list) && list.length > 0)) return false;
  return asRecord(function_call) === undefined && asRecord(audio) === undefined;
}
