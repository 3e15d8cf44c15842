import type { ChatRequest } from "../openai/chat.ts";
import type { AnthropicRequest } from "./wire.ts";

export function toAnthropicRequest(
  request: ChatRequest,
  options: { model: string; maxTokens: number },
): AnthropicRequest {
  throw new Error(`not written yet: ${options.model} ${request.model}`);
}
