/** OpenAI's embeddings as JSON (https://platform.openai.com/docs/api-reference/embeddings). */
export interface EmbeddingRequest {
  model?: string | null;
  input: string | string[] | number[] | number[][];
  encoding_format?: "float" | "base64" | null;
  dimensions?: number | null;
  user?: string;
  [key: string]: unknown;
}

export interface EmbeddingResponse {
  object: "list";
  model: string;
  /** base64 is little-endian float32. */
  data: { object: "embedding"; index: number; embedding: number[] | string }[];
  usage: { prompt_tokens: number; total_tokens: number; cost?: number };
  [key: string]: unknown;
}
