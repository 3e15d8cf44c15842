/**
 * OpenAI's Responses API as JSON (https://platform.openai.com/docs/api-reference/responses). Only what Sekha reads or
 * writes is named.
 */
export interface ResponsesRequest {
  model?: string | null;
  input: string | Record<string, unknown>[];
  instructions?: string | null;
  stream?: boolean | null;
  [key: string]: unknown;
}

export type ResponseStatus = "in_progress" | "completed" | "incomplete" | "failed";
export type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface OutputText {
  type: "output_text";
  text: string;
  annotations: unknown[];
  logprobs: unknown[];
}

export interface OutputRefusal {
  type: "refusal";
  refusal: string;
}

export interface ReasoningText {
  type: "reasoning_text";
  text: string;
}

export type OutputPart = OutputText | OutputRefusal | ReasoningText;

export interface MessageItem {
  type: "message";
  id: string;
  status: ItemStatus;
  role: "assistant";
  content: (OutputText | OutputRefusal)[];
}

export interface ReasoningItem {
  type: "reasoning";
  id: string;
  status: ItemStatus;
  summary: unknown[];
  content: ReasoningText[];
}

export interface FunctionCallItem {
  type: "function_call";
  id: string;
  status: ItemStatus;
  /** What the result must name. */
  call_id: string;
  name: string;
  /** JSON text. */
  arguments: string;
}

export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem;

export interface ResponsesUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface ResponseObject {
  id: string;
  object: "response";
  /** Seconds since the epoch. */
  created_at: number;
  status: ResponseStatus;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: "max_output_tokens" | "content_filter" } | null;
  /** The model that served, as the provider names it. */
  model: string;
  output: OutputItem[];
  usage: ResponsesUsage | null;
  /** What the request asked for, told back. */
  [key: string]: unknown;
}
