import { asString, asText, type JsonRecord } from "../loose-json.ts";
import type { ChatChunk, ChatMessage, ChatRequest, ChatResponse } from "../openai/chat.ts";
import { messageText } from "../openai/message-text.ts";
import { Untranslatable } from "../untranslatable.ts";
import { AnswerReading, doneReason, figuresOf, timestamp } from "./face-answer.ts";
import { contentWithImages } from "./face-messages.ts";
import { commonFields } from "./face-request.ts";
import type { OllamaGenerateRequest, OllamaGenerateResponse } from "./wire.ts";

/** What only a model in Ollama's own hands can do. */
const RAW_ONLY = ["suffix", "template", "context"] as const;

/**
 * An Ollama client's `/api/generate` as a chat request of one turn; it streams unless the client says no.
 *
 * @throws Untranslatable for raw prompts, templates, suffixes and contexts.
 */
export function chatRequestFromGenerate(body: Partial<OllamaGenerateRequest>): ChatRequest {
  const refused = body.raw === true ? "raw" : RAW_ONLY.find((field) => isGiven(body[field]));
  if (refused !== undefined) {
    throw new Untranslatable(`"${refused}" of /api/generate is not offered here; use /api/chat.`);
  }
  const system = asText(body.system);
  const messages: ChatMessage[] = system === undefined ? [] : [{ role: "system", content: system }];
  const prompt = contentWithImages(asString(body.prompt) ?? "", body.images);
  messages.push({ role: "user", content: prompt });
  return { ...commonFields(body as JsonRecord), messages };
}

/** A whole answer for `/api/generate`. `totalDuration` in nanoseconds. */
export function toOllamaGenerateResponse(
  response: ChatResponse,
  extra: { totalDuration?: number } = {},
): OllamaGenerateResponse {
  const choice = response.choices[0];
  const text = messageText(choice?.message.content);
  const thinking = asText(choice?.message.reasoning_content);
  return {
    model: response.model,
    created_at: timestamp(response.created),
    response: text || (asString(choice?.message.refusal) ?? ""),
    ...(thinking === undefined ? {} : { thinking }),
    done: true,
    done_reason: doneReason(choice?.finish_reason),
    ...figuresOf(response.usage, extra),
  };
}

/** A stream for `/api/generate`: one object a line, the last with `done: true`. */
export async function* toOllamaGenerateChunks(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<OllamaGenerateResponse, void, undefined> {
  const reading = new AnswerReading();
  const line = (response: string): OllamaGenerateResponse => ({
    model: reading.model,
    created_at: reading.createdAt,
    response,
    done: false,
  });
  for await (const chunk of chunks) {
    const part = reading.read(chunk);
    if (part === undefined) continue;
    const { content, thinking } = part;
    yield thinking === undefined ? line(content) : { ...line(content), thinking };
  }
  const end = { done: true, done_reason: doneReason(reading.finishReason) };
  yield { ...line(""), ...end, ...figuresOf(reading.usage, {}) };
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : asText(value) !== undefined;
}
