import { FramingError } from "./stream-failure.ts";

/** UTF-16 units; no provider's event comes near it, and a server that never ends a line must not fill the memory. */
const MAXIMUM_EVENT = 16 * 1024 * 1024;

/** One dispatched event. `event` is undefined where the server names none. */
export interface ServerSentEvent {
  event: string | undefined;
  data: string;
}

/**
 * Server-sent events out of bytes that may be cut anywhere, after
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation: an event that no empty
 * line ends is not one. `id` and `retry` are read over. Leaving the loop ends the bytes.
 *
 * @throws FramingError when one event is larger than 16 Mi characters.
 */
export async function* parseSse(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const parser = new SseParser();
  for await (const piece of bytes) {
    for (const event of parser.push(piece)) yield event;
  }
}

/** The same for a reader that takes all events of a piece at once. */
export class SseParser {
  readonly #text = new PieceDecoder();
  readonly #events = new EventAssembly();
  #partial = "";
  #endedInReturn = false;

  /** The events that end in this piece. */
  push(piece: Uint8Array): ServerSentEvent[] {
    const found: ServerSentEvent[] = [];
    let text = this.#text.decode(piece);
    if (text === "") return found;
    // A carriage return ends its line at once; a line feed that then opens the next piece belongs to it.
    if (this.#endedInReturn && text.startsWith("\n")) text = text.slice(1);
    this.#endedInReturn = text.endsWith("\r");
    if (text.includes("\r")) text = text.replaceAll(/\r\n?/g, "\n");
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const event = this.#events.line(this.#partial + text.slice(start, end));
      this.#partial = "";
      start = end + 1;
      if (event !== undefined) found.push(event);
    }
    this.#partial += start === 0 ? text : text.slice(start);
    this.#events.checkSize(this.#partial.length);
    return found;
  }
}

const FIRST_OF_BYTE_ORDER_MARK = 0xef;
const FIRST_BEYOND_ASCII = 0x80;

/** UTF-8 that may be cut inside a character. A decoder that remembers costs more than the rest of a short piece. */
class PieceDecoder {
  /** Undefined while nothing is remembered: every piece so far ended with a whole character. */
  #decoder: TextDecoder | undefined;
  #isFirst = true;

  decode(piece: Uint8Array): string {
    const last = piece[piece.length - 1];
    if (last === undefined) return "";
    const mayHaveMark = this.#isFirst && piece[0] === FIRST_OF_BYTE_ORDER_MARK;
    this.#isFirst = false;
    const endsWhole = last < FIRST_BEYOND_ASCII;
    if (this.#decoder === undefined && endsWhole && !mayHaveMark) {
      return Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString();
    }
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: !mayHaveMark });
    const text = this.#decoder.decode(piece, { stream: true });
    if (endsWhole) this.#decoder = undefined;
    return text;
  }
}

/** One event as it goes over the wire. `event` must hold no line break. */
export function sseEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  // JSON has no line break of its own; any other text may.
  const lines = /[\r\n]/.test(data) ? data.replaceAll(/\r\n?|\n/g, "\ndata: ") : data;
  return `${name}data: ${lines}\n\n`;
}

/** Lines to events. */
class EventAssembly {
  #data: string | undefined;
  #event: string | undefined;

  /** Takes one line without its end; the event when the line is the empty one behind it. */
  line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field === "data") {
      const value = valueAfter(line, colon);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
      this.checkSize(0);
    } else if (field === "event") {
      this.#event = valueAfter(line, colon) || undefined;
    }
    return undefined;
  }

  checkSize(pending: number): void {
    if (pending + (this.#data?.length ?? 0) > MAXIMUM_EVENT) {
      throw new FramingError("malformed: one server-sent event is larger than 16 MB");
    }
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = undefined;
    return data === undefined ? undefined : { event, data };
  }
}

/** One space behind the colon is not part of the value. */
function valueAfter(line: string, colon: number): string {
  if (colon === -1) return "";
  return line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
}
