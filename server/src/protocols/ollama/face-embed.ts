import { asCount, asNumber, defined } from "../loose-json.ts";
import { readEmbedding } from "../openai/embedding-values.ts";
import type { EmbeddingRequest, EmbeddingResponse } from "../openai/embeddings.ts";
import type { OllamaEmbedRequest, OllamaEmbedResponse } from "./wire.ts";

/** An Ollama client's `/api/embed`. */
export function embeddingRequestFromOllama(body: Partial<OllamaEmbedRequest>): EmbeddingRequest {
  return defined({
    model: body.model,
    input: body.input ?? [],
    dimensions: asNumber(body.dimensions),
  });
}

/** `totalDuration` in nanoseconds. */
export function toOllamaEmbedResponse(
  response: EmbeddingResponse,
  extra: { totalDuration?: number } = {},
): OllamaEmbedResponse {
  const inOrder = response.data.toSorted((a, b) => a.index - b.index);
  return {
    model: response.model,
    embeddings: inOrder.map(({ embedding }) => [...readEmbedding(embedding)]),
    total_duration: extra.totalDuration ?? 0,
    load_duration: 0,
    prompt_eval_count: asCount(response.usage?.prompt_tokens),
  };
}
