/** How a provider says when to come back: the header, or OpenAI's `retry-after-ms`. */
export interface RetryAfter {
  form: "seconds" | "date" | "ms";
  ms: number;
}

/** What goes wrong with a request. Token counts are of the answer's content chunks. */
export type Fault =
  /** A right answer: a pause in a sequence. */
  | { kind: "none" }
  // Answers with an error, in the provider's own words and status.
  | { kind: "rate_limited"; retryAfter?: RetryAfter }
  /** OpenAI's 429 that no waiting heals: the account has no money. */
  | { kind: "quota_exceeded" }
  | { kind: "server_error"; status?: number; retryAfter?: RetryAfter }
  | { kind: "unauthorized" }
  | { kind: "payment_required" }
  | { kind: "forbidden" }
  | { kind: "model_not_found" }
  | { kind: "context_length" }
  /** As an error, or as the reason why an answer stopped. */
  | { kind: "content_filter"; form?: "error" | "finish"; afterTokens?: number }
  | { kind: "invalid_request" }
  /** 400 when the last message is the assistant's; a right answer otherwise. */
  | { kind: "refuses_prefill" }
  // The connection.
  /** Stops listening, for so long or until clear(). Acts at once, whatever the match. */
  | { kind: "refused"; ms?: number }
  /** The socket is reset before any header. */
  | { kind: "reset" }
  /** Accepts the request and never answers. */
  | { kind: "silence" }
  | { kind: "slow_headers"; ms: number }
  // The stream, or the body of a whole answer.
  /** Headers at once, then nothing for so long; a whole answer comes that late altogether. */
  | { kind: "slow_first_token"; ms: number }
  /** The socket is destroyed after so many tokens. */
  | { kind: "cut"; afterTokens: number }
  /** The body ends cleanly after so many tokens, without a finish reason or an end mark. */
  | { kind: "clean_end"; afterTokens: number }
  | { kind: "stall"; afterTokens: number; ms: number }
  /** One chunk is half of itself; the others are right. */
  | { kind: "malformed_chunk"; afterTokens: number }
  /** Everything but the end mark: `[DONE]`, `message_stop`. */
  | { kind: "no_done" }
  /** An error event inside a stream of status 200. */
  | { kind: "error_event"; afterTokens?: number }
  /** A pause after each so many bytes. */
  | { kind: "slow_body"; bytes: number; everyMs: number }
  | { kind: "gzip" }
  /** Content-Length promises more (positive) or less (negative) than the body has. */
  | { kind: "wrong_length"; by: number }
  // Status 200 with something else inside.
  /** Nothing at all, or a well-formed answer without content. */
  | { kind: "empty"; form?: "body" | "content" }
  | { kind: "html"; status?: number }
  | { kind: "answer"; status: number; body: string; headers?: Record<string, string> }
  | { kind: "served_model"; model: string }
  | { kind: "bad_vectors"; form: "nan" | "zero" | "short" | "long" | "missing" }
  /** For so long after its first request, every other request meets a 503. */
  | { kind: "flapping"; ms: number };

export type FaultKind = Fault["kind"];

/** Which requests a fault meets. Without a path: every chat and embedding call, not the lists. */
export interface FaultMatch {
  /** A part of the path. */
  path?: string;
  model?: string;
  /** The API key that was sent. */
  key?: string;
  /** How often; a single fault stays until clear(), one of a list is used once. */
  times?: number;
}
