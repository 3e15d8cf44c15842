import type { ChatResponse } from "../openai/chat.ts";

export function fromAnthropicMessage(message: unknown, options: { created: number }): ChatResponse {
  throw new Error(`not written yet: ${options.created} ${message}`);
}
