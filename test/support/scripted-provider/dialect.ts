import type { Answer } from "./answer.ts";
import type { ChatCall, Json } from "./call.ts";
import type { Reply } from "./reply.ts";

/** Errors that every provider has words of its own for. */
export type ErrorKind =
  | "rate_limited"
  | "quota_exceeded"
  | "server_error"
  | "overloaded"
  | "unauthorized"
  | "payment_required"
  | "forbidden"
  | "model_not_found"
  | "context_length"
  | "content_filter"
  | "invalid_request"
  | "refuses_prefill";

export interface ErrorBody {
  status: number;
  body: unknown;
}

/** One provider's chat format. */
export interface Dialect {
  name: "openai" | "anthropic" | "ollama" | "openrouter";
  readChat(body: Json): ChatCall;
  answer(reply: Reply, stream: boolean): Answer;
  error(kind: ErrorKind, details: { model: string; message?: string }): ErrorBody;
  /** An error inside a stream, framed. */
  errorFrame(model: string): string;
}
