import type { ChatChunk, ChatRequest, ChatResponse } from "../openai/chat.ts";
import type { OllamaChatRequest, OllamaChatResponse } from "./wire.ts";

export function chatRequestFromOllama(body: Partial<OllamaChatRequest>): ChatRequest {
  throw new Error(`not written yet: ${body.model}`);
}

export function toOllamaChatResponse(
  response: ChatResponse,
  extra: { totalDuration?: number } = {},
): OllamaChatResponse {
  throw new Error(`not written yet: ${response.id} ${extra}`);
}

// biome-ignore lint/correctness/useYield: a stub
export async function* toOllamaChunks(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<OllamaChatResponse, void, undefined> {
  throw new Error(`not written yet: ${chunks}`);
}
