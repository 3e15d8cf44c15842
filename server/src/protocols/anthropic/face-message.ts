import { asRecord, asRecords, asString, asText, parseRecord } from "../loose-json.ts";
import type { ChatMessage, ChatResponse } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { stopReasonOf } from "./stop-reasons.ts";
import { usageToAnthropic } from "./usage.ts";
import type { AnthropicAnswerBlock, AnthropicMessage, AnthropicToolUse } from "./wire.ts";

/**
 * A whole answer as Anthropic's message: thinking, text, tool calls. Its first choice, since Anthropic has but one.
 *
 * @throws FramingError when the model wrote tool arguments that are no JSON object.
 */
export function toAnthropicMessage(response: ChatResponse): AnthropicMessage {
  const choice = response.choices[0];
  const stopSequence = asText(choice?.stop_reason);
  const callsTools = asRecords(choice?.message.tool_calls).length > 0;
  const stopReason = stopReasonOf(choice?.finish_reason, { stopSequence, callsTools });
  return {
    id: anthropicId(response.id),
    type: "message",
    role: "assistant",
    model: response.model,
    content: choice === undefined ? [] : answerBlocks(choice.message),
    stop_reason: stopReason,
    stop_sequence: stopReason === "stop_sequence" ? (stopSequence ?? null) : null,
    usage: usageToAnthropic(response.usage),
  };
}

/** Clients may look for the prefix. */
export function anthropicId(id: string): string {
  return id.startsWith("msg_") ? id : `msg_${id}`;
}

function answerBlocks(message: ChatMessage): AnthropicAnswerBlock[] {
  const text = messageText(message.content) || (asString(message.refusal) ?? "");
  return [
    ...thinkingOf(message),
    ...(text === "" ? [] : [{ type: "text" as const, text }]),
    ...asRecords(message.tool_calls).map(toolUse),
  ];
}

function thinkingOf(message: ChatMessage): AnthropicAnswerBlock[] {
  const signed = asRecords(message.thinking_blocks) as unknown as AnthropicAnswerBlock[];
  const text = asText(message.reasoning_content) ?? asText(message.reasoning);
  if (signed.length > 0 || text === undefined) return signed;
  return [{ type: "thinking", thinking: text, signature: "" }];
}

function toolUse(call: Record<string, unknown>): AnthropicToolUse {
  const { name, arguments: text } = asRecord(call.function) ?? {};
  return {
    type: "tool_use",
    id: asString(call.id) ?? "",
    name: asString(name) ?? "",
    input: asRecord(text) ?? parseRecord(asText(text) ?? "{}", "the arguments of a tool call"),
  };
}
