import { asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatChunk, ChatRequest, ChatResponse } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { AnswerReading, doneReason, figuresOf, ollamaToolCalls, timestamp } from "./face-answer.ts";
import { chatMessages } from "./face-messages.ts";
import { commonFields } from "./face-request.ts";
import type { OllamaChatRequest, OllamaChatResponse, OllamaMessage } from "./wire.ts";

/** An Ollama client's `/api/chat` as a chat request; it streams unless the client says no. */
export function chatRequestFromOllama(body: Partial<OllamaChatRequest>): ChatRequest {
  return { ...commonFields(body as JsonRecord), messages: chatMessages(body.messages) };
}

/**
 * A whole answer for `/api/chat`. `totalDuration` in nanoseconds.
 *
 * @throws FramingError when the model wrote tool arguments that are no JSON object.
 */
export function toOllamaChatResponse(
  response: ChatResponse,
  extra: { totalDuration?: number } = {},
): OllamaChatResponse {
  const choice = response.choices[0];
  const content = messageText(choice?.message.content);
  const message: OllamaMessage = {
    role: "assistant",
    content: content || (asString(choice?.message.refusal) ?? ""),
  };
  const thinking = asText(choice?.message.reasoning_content);
  const calls = ollamaToolCalls(choice?.message.tool_calls);
  if (thinking !== undefined) message.thinking = thinking;
  if (calls.length > 0) message.tool_calls = calls;
  return {
    model: response.model,
    created_at: timestamp(response.created),
    message,
    done: true,
    done_reason: doneReason(choice?.finish_reason),
    ...figuresOf(response.usage, extra),
  };
}

/**
 * A stream for `/api/chat`: one object a line. Tool calls come whole, before the last object with `done: true`.
 *
 * @throws FramingError when the model wrote tool arguments that are no JSON object.
 */
export async function* toOllamaChunks(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<OllamaChatResponse, void, undefined> {
  const reading = new AnswerReading();
  const line = (message: Partial<OllamaMessage>): OllamaChatResponse => ({
    model: reading.model,
    created_at: reading.createdAt,
    message: { role: "assistant", content: "", ...message },
    done: false,
  });
  for await (const chunk of chunks) {
    const part = reading.read(chunk);
    if (part === undefined) continue;
    const { content, thinking } = part;
    yield line(thinking === undefined ? { content } : { content, thinking });
  }
  const calls = reading.toolCalls();
  if (calls.length > 0) yield line({ tool_calls: calls });
  const end = { done: true, done_reason: doneReason(reading.finishReason) };
  yield { ...line({}), ...end, ...figuresOf(reading.usage, {}) };
}
