/**
 * Ollama's native API as JSON (https://docs.ollama.com/api). Only what Sekha reads or writes is named; what others send
 * is read defensively all the same.
 */
export interface OllamaToolCall {
  /** Newer servers give one. */
  id?: string;
  function: { index?: number; name: string; arguments: Record<string, unknown> };
}

export interface OllamaMessage {
  role: string;
  content: string;
  thinking?: string;
  /** Bare base64. */
  images?: string[];
  tool_calls?: OllamaToolCall[];
  /** Which tool a message of the role `tool` answers for. */
  tool_name?: string;
  tool_call_id?: string;
}

export interface OllamaTool {
  type: "function";
  function: { name: string; description?: string; parameters?: Record<string, unknown> };
}

export type OllamaFormat = "json" | Record<string, unknown>;
export type OllamaThink = boolean | string;

export interface OllamaChatRequest {
  model: string;
  messages: OllamaMessage[];
  stream: boolean;
  tools?: OllamaTool[];
  format?: OllamaFormat;
  think?: OllamaThink;
  keep_alive?: string | number;
  options?: Record<string, unknown>;
  logprobs?: boolean;
  top_logprobs?: number;
}

export interface OllamaGenerateRequest {
  model: string;
  prompt?: string;
  system?: string;
  images?: string[];
  stream?: boolean;
  format?: OllamaFormat | "";
  think?: OllamaThink;
  keep_alive?: string | number;
  options?: Record<string, unknown>;
  suffix?: string;
  raw?: boolean;
  template?: string;
  context?: number[];
}

/** The figures at the end of an answer; durations in nanoseconds. */
export interface OllamaFigures {
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
  prompt_eval_duration?: number;
  eval_count?: number;
  eval_duration?: number;
}

export interface OllamaChatResponse extends OllamaFigures {
  model: string;
  created_at: string;
  message: OllamaMessage;
  done: boolean;
  done_reason?: string;
}

export interface OllamaGenerateResponse extends OllamaFigures {
  model: string;
  created_at: string;
  response: string;
  thinking?: string;
  done: boolean;
  done_reason?: string;
}

export interface OllamaEmbedRequest {
  model: string;
  input: string | string[];
  /** false: an error instead of silent cutting. */
  truncate?: boolean;
  dimensions?: number;
  keep_alive?: string | number;
  options?: Record<string, unknown>;
}

export interface OllamaEmbedResponse {
  model: string;
  embeddings: number[][];
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
}
