import type { ChatRequest } from "../openai/chat.ts";
import type { AnthropicRequest } from "./wire.ts";

export function fromAnthropicRequest(body: AnthropicRequest): ChatRequest {
  throw new Error(`not written yet: ${body.model}`);
}
