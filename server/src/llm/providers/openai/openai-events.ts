import { asRecord, type JsonRecord, parseLoose } from "../../../protocols/loose-json.ts";
import type { ChatChunk } from "../../../protocols/openai/chat.ts";
import { parseSse } from "../../../protocols/sse.ts";
import { FramingError, StreamCut } from "../../../protocols/stream-failure.ts";
import type { ProviderCall, StreamEvent } from "../../provider.ts";
import type { TransportAnswer } from "../../transport/transport.ts";
import type { ProviderLink } from "../provider-link.ts";
import { errorWithin, namedError } from "../reported-error.ts";
import { StreamCompleteness } from "./stream-completeness.ts";

export interface EventSource {
  answer: TransportAnswer;
  link: ProviderLink;
  call: ProviderCall;
  /** Choices asked for. */
  choices: number;
}

/**
 * The chunks of a stream in OpenAI's format, each with its text as it came. Ends with `[DONE]`, or without it when every
 * choice has finished.
 */
export async function* openAiEvents(
  source: EventSource,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { answer, link, call } = source;
  const seen = new StreamCompleteness(source.choices);
  try {
    for await (const { data } of parseSse(answer.bytes)) {
      if (data === "[DONE]") {
        answer.drain();
        if (seen.begun) return;
        throw link.failure("empty", `The stream of model ${call.model.modelId} holds nothing.`);
      }
      if (data === "") continue;
      const chunk = readChunk(data, source);
      seen.take(chunk);
      yield { chunk, data };
    }
    if (!seen.complete) throw new StreamCut("no end mark");
  } catch (error) {
    const failure = link.failureOf(error, call);
    // Everything was said; what broke is the connection behind it.
    if (failure.category === "interrupted" && seen.complete) return;
    throw failure;
  }
}

function readChunk(data: string, { link, call }: EventSource): ChatChunk {
  const record = asRecord(parseLoose(data));
  if (record === undefined) throw new FramingError("malformed: an event is not a JSON object");
  const error = errorWithin(record);
  if (error !== undefined) throw link.complaint(error, call);
  const chunk = record as JsonRecord & ChatChunk;
  if (!Array.isArray(chunk.choices)) chunk.choices = [];
  if (chunk.choices.some(({ finish_reason }: JsonRecord) => finish_reason === "error")) {
    throw link.complaint(namedError("server_error", "The answer ended with an error."), call);
  }
  return chunk;
}
