import type { ChatChunk, ChatRequest, ChatResponse } from "../openai/chat.ts";
import type { OllamaGenerateRequest, OllamaGenerateResponse } from "./wire.ts";

export function chatRequestFromGenerate(body: OllamaGenerateRequest): ChatRequest {
  throw new Error(`not written yet: ${body.model}`);
}

export function toOllamaGenerateResponse(
  response: ChatResponse,
  extra: { totalDuration?: number } = {},
): OllamaGenerateResponse {
  throw new Error(`not written yet: ${response.id} ${extra}`);
}

// biome-ignore lint/correctness/useYield: a stub
export async function* toOllamaGenerateChunks(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<OllamaGenerateResponse, void, undefined> {
  throw new Error(`not written yet: ${chunks}`);
}
