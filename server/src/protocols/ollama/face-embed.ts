import type { EmbeddingRequest, EmbeddingResponse } from "../openai/embeddings.ts";
import type { OllamaEmbedRequest, OllamaEmbedResponse } from "./wire.ts";

export function embeddingRequestFromOllama(body: OllamaEmbedRequest): EmbeddingRequest {
  throw new Error(`not written yet: ${body.model}`);
}

export function toOllamaEmbedResponse(
  response: EmbeddingResponse,
  extra: { totalDuration?: number } = {},
): OllamaEmbedResponse {
  throw new Error(`not written yet: ${response.model} ${extra}`);
}
