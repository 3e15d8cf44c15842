import { asCount, asRecord, asString, defined } from "../loose-json.ts";
import { readEmbedding } from "../openai/embedding-values.ts";
import { FramingError } from "../stream-failure.ts";
import { throwReportedError } from "./answer-parts.ts";
import { keepAliveOf, type OllamaCallOptions } from "./provider-chat.ts";
import type { OllamaEmbedRequest } from "./wire.ts";

export interface OllamaEmbeddings {
  /** In the order of the texts. Whether their values are finite is not looked at. */
  vectors: Float32Array[];
  /** As Ollama names it. */
  model: string;
  promptTokens: number;
}

/** One request for all texts; a text too long for the model is an error, not cut. */
export function toOllamaEmbed(
  texts: readonly string[],
  options: OllamaCallOptions & { dimensions?: number | undefined },
): OllamaEmbedRequest {
  return defined({
    model: options.model,
    input: [...texts],
    truncate: false,
    dimensions: options.dimensions,
    keep_alive: keepAliveOf(options.keepAlive),
    options: { ...options.extra, num_ctx: options.contextWindow },
  });
}

/** @throws ProtocolErrorEvent when the body is an error, FramingError when it holds no lists of numbers. */
export function fromOllamaEmbed(response: unknown): OllamaEmbeddings {
  const body = asRecord(response);
  if (body !== undefined) throwReportedError(body);
  if (body === undefined || !Array.isArray(body.embeddings)) {
    throw new FramingError("malformed: Ollama's answer holds no embeddings");
  }
  return {
    vectors: body.embeddings.map(readEmbedding),
    model: asString(body.model) ?? "",
    promptTokens: asCount(body.prompt_eval_count),
  };
}
