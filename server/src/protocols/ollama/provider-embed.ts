import type { OllamaCallOptions } from "./provider-chat.ts";
import type { OllamaEmbedRequest } from "./wire.ts";

export interface OllamaEmbeddings {
  vectors: Float32Array[];
  model: string;
  promptTokens: number;
}

export function toOllamaEmbed(
  texts: readonly string[],
  options: OllamaCallOptions & { dimensions?: number | undefined },
): OllamaEmbedRequest {
  throw new Error(`not written yet: ${options.model} ${texts}`);
}

export function fromOllamaEmbed(response: unknown): OllamaEmbeddings {
  throw new Error(`not written yet: ${response}`);
}
