import type { ChatChunk } from "../openai/chat.ts";
import type { ServerSentEvent } from "../sse.ts";

// biome-ignore lint/correctness/useYield: a stub
export async function* fromAnthropicEvents(
  events: AsyncIterable<ServerSentEvent>,
  options: { created: number },
): AsyncGenerator<ChatChunk, void, undefined> {
  throw new Error(`not written yet: ${options.created} ${events}`);
}
