/**
 * Anthropic's Messages API as JSON, version 2023-06-01 (https://docs.anthropic.com/en/api/messages). Only what Sekha
 * reads or writes is named; what others send is read defensively all the same.
 */
export const ANTHROPIC_VERSION = "2023-06-01";

export interface CacheControl {
  type: "ephemeral";
  ttl?: string;
}

export interface AnthropicText {
  type: "text";
  text: string;
  cache_control?: CacheControl;
}

export type AnthropicSource =
  | { type: "base64"; media_type: string; data: string }
  | { type: "url"; url: string }
  | { type: "text"; media_type: "text/plain"; data: string };

export interface AnthropicImage {
  type: "image";
  source: AnthropicSource;
  cache_control?: CacheControl;
}

export interface AnthropicDocument {
  type: "document";
  source: AnthropicSource;
  title?: string | null;
  cache_control?: CacheControl;
}

export interface AnthropicToolUse {
  type: "tool_use";
  id: string;
  name: string;
  input: Record<string, unknown>;
  cache_control?: CacheControl;
}

export interface AnthropicToolResult {
  type: "tool_result";
  tool_use_id: string;
  content?: string | (AnthropicText | AnthropicImage | AnthropicDocument)[];
  is_error?: boolean;
  cache_control?: CacheControl;
}

export interface AnthropicThinking {
  type: "thinking";
  thinking: string;
  /** Proves to Anthropic that the thinking is its own; without it the block is refused. */
  signature: string;
}

export interface AnthropicRedactedThinking {
  type: "redacted_thinking";
  data: string;
}

export type AnthropicBlock =
  | AnthropicText
  | AnthropicImage
  | AnthropicDocument
  | AnthropicToolUse
  | AnthropicToolResult
  | AnthropicThinking
  | AnthropicRedactedThinking;

export interface AnthropicTurn {
  role: "user" | "assistant";
  content: string | AnthropicBlock[];
}

export interface AnthropicTool {
  name: string;
  description?: string;
  input_schema: Record<string, unknown>;
  /** Absent or `custom` for tools of the caller's. */
  type?: string;
  cache_control?: CacheControl;
}

export type AnthropicToolChoice =
  | { type: "auto"; disable_parallel_tool_use?: boolean }
  | { type: "any"; disable_parallel_tool_use?: boolean }
  | { type: "tool"; name: string; disable_parallel_tool_use?: boolean }
  | { type: "none" };

export interface AnthropicOutputConfig {
  effort?: string | null;
  format?: { type: "json_schema"; schema: Record<string, unknown> } | null;
}

export interface AnthropicRequest {
  model: string;
  max_tokens: number;
  messages: AnthropicTurn[];
  system?: string | AnthropicText[];
  stream?: boolean;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
  tools?: AnthropicTool[];
  tool_choice?: AnthropicToolChoice;
  thinking?: { type: string; budget_tokens?: number; [key: string]: unknown };
  output_config?: AnthropicOutputConfig;
  metadata?: { user_id?: string | null };
  [key: string]: unknown;
}

export type AnthropicStopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded";

export interface AnthropicUsage {
  /** Without those that came from the cache or went into it. */
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  output_tokens_details?: { thinking_tokens?: number | null } | null;
}

export type AnthropicAnswerBlock =
  | AnthropicText
  | AnthropicToolUse
  | AnthropicThinking
  | AnthropicRedactedThinking;

export interface AnthropicMessage {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: AnthropicAnswerBlock[];
  stop_reason: AnthropicStopReason | null;
  stop_sequence: string | null;
  usage: AnthropicUsage;
}

export type AnthropicErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "api_error"
  | "overloaded_error";

export interface AnthropicError {
  type: "error";
  error: { type: AnthropicErrorType; message: string };
}
