import type { AnthropicError, AnthropicErrorType } from "./wire.ts";

/** The body of an error answer, and the data of an `error` event. */
export function anthropicError(type: AnthropicErrorType, message: string): AnthropicError {
  return { type: "error", error: { type, message } };
}
