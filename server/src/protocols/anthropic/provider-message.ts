import { asRecord, asRecords, asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatMessage, ChatResponse, ToolCall } from "../openai/chat.ts";
import { FramingError, ProtocolErrorEvent } from "../stream-failure.ts";
import { finishReasonOf } from "./stop-reasons.ts";
import { usageFromAnthropic } from "./usage.ts";

/**
 * Anthropic's whole answer as OpenAI's. Thinking stands in `reasoning_content`, and with its signature in
 * `thinking_blocks`, so that it can go back to Anthropic. `created` in seconds.
 *
 * @throws ProtocolErrorEvent when the body is an error, FramingError when it is no message.
 */
export function fromAnthropicMessage(message: unknown, options: { created: number }): ChatResponse {
  const body = asRecord(message);
  if (body?.type === "error") throw errorEvent(body);
  if (body === undefined || !Array.isArray(body.content)) {
    throw new FramingError("malformed: Anthropic's answer is not a message");
  }
  const stopSequence = asText(body.stop_sequence);
  const usage = usageFromAnthropic(body.usage);
  return {
    id: asString(body.id) ?? "",
    object: "chat.completion",
    created: options.created,
    model: asString(body.model) ?? "",
    choices: [
      {
        index: 0,
        message: answerMessage(asRecords(body.content)),
        finish_reason: finishReasonOf(body.stop_reason),
        ...(stopSequence === undefined ? {} : { stop_reason: stopSequence }),
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** The provider's error out of an `error` body or event. */
export function errorEvent(body: JsonRecord): ProtocolErrorEvent {
  const error = asRecord(body.error) ?? {};
  return new ProtocolErrorEvent(asString(error.type) ?? "", asString(error.message) ?? "");
}

function answerMessage(blocks: JsonRecord[]): ChatMessage {
  const joined = (type: string, field: string) =>
    blocks
      .filter((block) => block.type === type)
      .map((block) => asString(block[field]) ?? "")
      .join("");
  const text = joined("text", "text");
  const reasoning = joined("thinking", "thinking");
  const thinkingBlocks = blocks.flatMap(signedThinking);
  const toolCalls = blocks.filter((block) => block.type === "tool_use").map(toolCall);
  return {
    role: "assistant",
    content: text === "" && toolCalls.length > 0 ? null : text,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(thinkingBlocks.length === 0 ? {} : { thinking_blocks: thinkingBlocks }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

function signedThinking(block: JsonRecord): JsonRecord[] {
  const { type, thinking, signature, data } = block;
  if (type === "redacted_thinking") return [{ type, data: asString(data) ?? "" }];
  if (type !== "thinking" || asText(signature) === undefined) return [];
  return [{ type, thinking: asString(thinking) ?? "", signature }];
}

function toolCall(block: JsonRecord): ToolCall {
  return {
    id: asString(block.id) ?? "",
    type: "function",
    function: {
      name: asString(block.name) ?? "",
      arguments: JSON.stringify(asRecord(block.input) ?? {}),
    },
  };
}
