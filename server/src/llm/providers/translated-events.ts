import type { ChatChunk } from "../../protocols/openai/chat.ts";
import { StreamCut } from "../../protocols/stream-failure.ts";
import type { ProviderCall, StreamEvent } from "../provider.ts";
import { targetName } from "../transport/call-target.ts";
import type { TransportAnswer } from "../transport/transport.ts";
import type { ProviderLink } from "./provider-link.ts";

export interface TranslatedStream {
  answer: TransportAnswer;
  /** The answer's chunks, the usage in the last. */
  chunks: AsyncIterable<ChatChunk>;
  link: ProviderLink;
  call: ProviderCall;
  /** Looks at each chunk; throws ProviderFailure for one that must not pass. */
  check?: (chunk: ChatChunk) => void;
}

/** The events of a stream in another protocol. */
export async function* translatedEvents(
  stream: TranslatedStream,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { answer, chunks, link, call, check } = stream;
  let isEmpty = true;
  try {
    for await (const chunk of chunks) {
      isEmpty = false;
      check?.(chunk);
      // The translators say usage when the protocol's end has come: the connection need not be closed for it.
      if (chunk.usage) answer.drain();
      yield { chunk, data: JSON.stringify(chunk) };
    }
  } catch (error) {
    if (isEmpty && error instanceof StreamCut) {
      throw link.failure("empty", `The stream of ${targetName(call.model)} is empty.`, error);
    }
    throw link.failureOf(error, call);
  }
}
