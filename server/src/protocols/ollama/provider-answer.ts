import { asRecord, asString, asText } from "../loose-json.ts";
import type { ChatResponse } from "../openai/chat.ts";
import { FramingError } from "../stream-failure.ts";
import {
  finishReasonOf,
  logprobsOf,
  throwReportedError,
  toolCallsOf,
  usageOf,
} from "./answer-parts.ts";

/**
 * Ollama's whole answer as OpenAI's; thinking stands in `reasoning_content`. `created` in seconds.
 *
 * @throws ProtocolErrorEvent when the body is an error, FramingError when it is no finished answer.
 */
export function fromOllamaChat(
  response: unknown,
  options: { id: string; created: number },
): ChatResponse {
  const body = asRecord(response);
  if (body !== undefined) throwReportedError(body);
  const message = asRecord(body?.message);
  if (body === undefined || message === undefined || body.done === false) {
    throw new FramingError("malformed: Ollama's answer is not a finished message");
  }
  const calls = toolCallsOf(message, { id: options.id, first: 0 });
  const text = asString(message.content) ?? "";
  const thinking = asText(message.thinking);
  return {
    id: options.id,
    object: "chat.completion",
    created: options.created,
    model: asString(body.model) ?? "",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && calls.length > 0 ? null : text,
          ...(thinking === undefined ? {} : { reasoning_content: thinking }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        ...logprobsOf(body),
        finish_reason: finishReasonOf(body.done_reason, calls.length > 0),
      },
    ],
    usage: usageOf(body),
  };
}
