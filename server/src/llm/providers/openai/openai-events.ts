import { asRecord, type JsonRecord, parseLoose } from "../../../protocols/loose-json.ts";
import type { ChatChunk } from "../../../protocols/openai/chat.ts";
import { type ServerSentEvent, SseParser } from "../../../protocols/sse.ts";
import { FramingError, StreamCut } from "../../../protocols/stream-failure.ts";
import type { ProviderFailure } from "../../failure.ts";
import type {
  ProviderCall,
  StreamEvent,
  StreamEventIterator,
  StreamEvents,
} from "../../provider.ts";
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
export function openAiEvents(source: EventSource): StreamEvents {
  return new OpenAiEvents(source);
}

/** A class and no generator: the events of one piece are taken without a promise for each. */
class OpenAiEvents implements StreamEvents, StreamEventIterator {
  readonly #source: EventSource;
  readonly #bytes: AsyncIterator<Uint8Array>;
  readonly #parser = new SseParser();
  readonly #seen: StreamCompleteness;
  /** Of the latest piece, and how many of them are read. */
  #events: readonly ServerSentEvent[] = [];
  #position = 0;
  #isOver = false;
  #failure: ProviderFailure | undefined;

  constructor(source: EventSource) {
    this.#source = source;
    this.#bytes = source.answer.bytes[Symbol.asyncIterator]();
    this.#seen = new StreamCompleteness(source.choices);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  ready(): StreamEvent | undefined {
    while (!this.#isOver) {
      const event = this.#events[this.#position];
      if (event === undefined) return undefined;
      this.#position += 1;
      const read = this.#attempt(() => this.#read(event.data));
      if (read !== undefined) return read;
    }
    return undefined;
  }

  async next(): Promise<IteratorResult<StreamEvent>> {
    for (;;) {
      const value = this.ready();
      if (value !== undefined) return { done: false, value };
      if (this.#isOver) return this.#end();
      await this.#receive();
    }
  }

  async return(): Promise<IteratorResult<StreamEvent>> {
    this.#leave();
    return { done: true, value: undefined };
  }

  /** A failure is told once. */
  #end(): IteratorResult<StreamEvent> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    return { done: true, value: undefined };
  }

  async #receive(): Promise<void> {
    try {
      const piece = await this.#bytes.next();
      if (this.#isOver) return;
      if (piece.done === true) {
        if (!this.#seen.complete) throw new StreamCut("no end mark");
        this.#finish();
        return;
      }
      this.#events = this.#parser.push(piece.value);
      this.#position = 0;
    } catch (error) {
      this.#fail(error);
    }
  }

  #attempt(read: () => StreamEvent | undefined): StreamEvent | undefined {
    try {
      return read();
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #read(data: string): StreamEvent | undefined {
    const { answer, link, call } = this.#source;
    if (data === "[DONE]") {
      answer.drain();
      if (!this.#seen.begun) {
        throw link.failure("empty", `The stream of model ${call.model.modelId} holds nothing.`);
      }
      this.#finish();
      return undefined;
    }
    if (data === "") return undefined;
    const chunk = readChunk(data, this.#source);
    this.#seen.take(chunk);
    return { chunk, data };
  }

  #fail(error: unknown): void {
    const { link, call } = this.#source;
    this.#leave();
    const failure = link.failureOf(error, call);
    // Everything was said; what broke is the connection behind it.
    if (failure.category !== "interrupted" || !this.#seen.complete) this.#failure = failure;
  }

  /** What a kept connection still leads to must not hold the text of an answer that is over. */
  #finish(): void {
    this.#isOver = true;
    this.#events = [];
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#bytes.return?.().catch(nothing);
  }
}

function nothing(): void {
  // The provider is being left: how it takes that is of no interest.
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
