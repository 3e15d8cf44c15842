import { SekhaError } from "../../core/errors.ts";
import type { StreamEvent } from "../../llm/provider.ts";
import type { ChatChunk, ChatRequest } from "../../protocols/openai/chat.ts";
import { FramingError } from "../../protocols/stream-failure.ts";
import { Untranslatable } from "../../protocols/untranslatable.ts";

/** A translator's result, with its own refusals as errors that a caller may read. */
export function translated<T>(translate: () => T): T {
  try {
    return translate();
  } catch (error) {
    throw translationError(error);
  }
}

/** What a translator throws, as errors of ours; everything else as it is. */
export function translationError(error: unknown): unknown {
  if (error instanceof Untranslatable) {
    return new SekhaError("invalid_request", error.message, { cause: error });
  }
  if (error instanceof FramingError) {
    return new SekhaError(
      "providers_unavailable",
      "The model's answer cannot be written in this protocol: its tool arguments are not JSON. Ask again, or use another model.",
      { cause: error },
    );
  }
  return error;
}

/** The chunks of a stream, for a translator that has no use for their text. */
export async function* chunksOf(
  events: AsyncIterable<StreamEvent>,
): AsyncGenerator<ChatChunk, void, undefined> {
  for await (const { chunk } of events) yield chunk;
}

/** A streamed request whose usage comes with it: Anthropic's and Ollama's clients always get theirs. */
export function withUsage(request: ChatRequest): ChatRequest {
  return { ...request, stream: true, stream_options: { include_usage: true } };
}
