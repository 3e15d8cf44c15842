import type { ChatChunk } from "../openai/chat.ts";

// biome-ignore lint/correctness/useYield: a stub
export async function* fromOllamaChunks(
  lines: AsyncIterable<string>,
  options: { id: string; created: number },
): AsyncGenerator<ChatChunk, void, undefined> {
  throw new Error(`not written yet: ${options.id} ${lines}`);
}
