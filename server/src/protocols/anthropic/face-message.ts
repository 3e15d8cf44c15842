import type { ChatResponse } from "../openai/chat.ts";
import type { AnthropicMessage } from "./wire.ts";

export function toAnthropicMessage(response: ChatResponse): AnthropicMessage {
  throw new Error(`not written yet: ${response.id}`);
}
