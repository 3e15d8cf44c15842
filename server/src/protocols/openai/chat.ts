/**
 * OpenAI's chat completions as JSON: the internal contract between faces, router and providers
 * (https://platform.openai.com/docs/api-reference/chat). Only the fields that Sekha reads are named; all others pass
 * through untouched.
 */
export interface ChatRequest {
  model?: string | null;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean; [key: string]: unknown } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  n?: number | null;
  stop?: string | string[] | null;
  seed?: number | null;
  tools?: ChatTool[];
  tool_choice?: ChatToolChoice;
  parallel_tool_calls?: boolean;
  response_format?: ResponseFormat;
  reasoning_effort?: string | null;
  user?: string;
  [key: string]: unknown;
}

export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool" | "function";

export interface ChatMessage {
  role: ChatRole;
  content?: string | ContentPart[] | null;
  name?: string;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
  refusal?: string | null;
  [key: string]: unknown;
}

export type ContentPart =
  | { type: "text"; text: string; [key: string]: unknown }
  | { type: "image_url"; image_url: { url: string; detail?: string }; [key: string]: unknown }
  | { type: "input_audio"; input_audio: { data: string; format: string }; [key: string]: unknown }
  | { type: "file"; file: Record<string, unknown>; [key: string]: unknown }
  | { type: "refusal"; refusal: string; [key: string]: unknown };

export interface ToolCall {
  id: string;
  type: "function";
  /** `arguments` is JSON text. */
  function: { name: string; arguments: string };
  [key: string]: unknown;
}

export interface ChatTool {
  type: "function";
  function: {
    name: string;
    description?: string;
    parameters?: Record<string, unknown>;
    strict?: boolean | null;
  };
  [key: string]: unknown;
}

export type ChatToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function"; function: { name: string } };

export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: {
        name: string;
        description?: string;
        schema?: Record<string, unknown>;
        strict?: boolean | null;
      };
    };

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

export interface ChatResponse {
  id: string;
  object: "chat.completion";
  /** Seconds since the epoch. */
  created: number;
  /** The model that served, as the provider names it. */
  model: string;
  choices: {
    index: number;
    message: ChatMessage;
    finish_reason: FinishReason | null;
    [key: string]: unknown;
  }[];
  usage?: Usage | null;
  [key: string]: unknown;
}

/** Tokens as the provider counted them. Details are parts of the totals above them. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: {
    cached_tokens?: number | null;
    /** Anthropic's cache_creation_input_tokens, for prices. */
    cache_write_tokens?: number | null;
    /** Those of the above that are kept for an hour (Anthropic's ephemeral_1h_input_tokens): dearer. */
    cache_write_1h_tokens?: number | null;
    [key: string]: unknown;
  } | null;
  completion_tokens_details?: { reasoning_tokens?: number | null; [key: string]: unknown } | null;
  /** US dollars, where the provider says them (OpenRouter). */
  cost?: number | null;
  [key: string]: unknown;
}

export interface ChatChunk {
  id: string;
  object: "chat.completion.chunk";
  created: number;
  model: string;
  choices: {
    index: number;
    delta: ChatDelta;
    finish_reason?: FinishReason | null;
    [key: string]: unknown;
  }[];
  /** In the last chunk, which then has no choices, when the request asked for it. */
  usage?: Usage | null;
  [key: string]: unknown;
}

export interface ChatDelta {
  role?: ChatRole;
  content?: string | null;
  /** What reasoning models think, as DeepSeek, vLLM and others name it. */
  reasoning_content?: string | null;
  refusal?: string | null;
  tool_calls?: {
    index: number;
    id?: string;
    type?: "function";
    function?: { name?: string; arguments?: string };
  }[];
  [key: string]: unknown;
}
