import type { ChatChunk } from "../openai/chat.ts";

// biome-ignore lint/correctness/useYield: a stub
export async function* toAnthropicEvents(
  chunks: AsyncIterable<ChatChunk>,
): AsyncGenerator<{ event: string; data: string }, void, undefined> {
  throw new Error(`not written yet: ${chunks}`);
}
