import type { ChatResponse } from "../openai/chat.ts";

export function fromOllamaChat(
  response: unknown,
  options: { id: string; created: number },
): ChatResponse {
  throw new Error(`not written yet: ${options.id} ${response}`);
}
