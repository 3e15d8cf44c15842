import { sseEvent } from "../../protocols/sse.ts";

/** How a stream's events are told apart; the bridge writes them with line feeds alone. */
interface Framing {
  /** Ends an event. */
  end: string;
  /** The data of an event without its end; undefined: it has none, such as a comment. */
  dataOf(event: string): string | undefined;
  write(data: string): string;
}

export const SSE: Framing = { end: "\n\n", dataOf: sseData, write: (data) => sseEvent(data) };

export const NDJSON: Framing = {
  end: "\n",
  dataOf: (line) => (line.trim() === "" ? undefined : line),
  write: (data) => `${data}\n`,
};

/**
 * Shows the events of a stream to a reader while their bytes pass as they are; only what the reader replaces is written
 * anew. Nobody can use a part of an event, so bytes wait for the end of theirs and for nothing else.
 */
export class EventRewriter {
  readonly #framing: Framing;
  readonly #take: (data: string) => string[] | undefined;
  #partial: Buffer = Buffer.alloc(0);

  constructor(framing: Framing, take: (data: string) => string[] | undefined) {
    this.#framing = framing;
    this.#take = take;
  }

  /** What may be passed on once this piece is there; it may be empty. */
  push(piece: Uint8Array): Uint8Array {
    const { end } = this.#framing;
    const bytes =
      this.#partial.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
        : Buffer.concat([this.#partial, piece]);
    const last = bytes.lastIndexOf(end);
    const length = last === -1 ? 0 : last + end.length;
    // Copied: whose the piece is, may write into it again.
    this.#partial = Buffer.from(bytes.subarray(length));
    return length === 0 ? bytes.subarray(0, 0) : this.#rewrite(bytes.subarray(0, length));
  }

  /** What came of an event that never ended. */
  rest(): Uint8Array {
    return this.#partial;
  }

  #rewrite(whole: Buffer): Uint8Array {
    const { end, dataOf, write } = this.#framing;
    const events = whole.toString().split(end).slice(0, -1);
    let isChanged = false;
    const texts = events.map((event) => {
      const data = dataOf(event);
      const replaced = data === undefined ? undefined : this.#take(data);
      if (replaced === undefined) return event + end;
      isChanged = true;
      return replaced.map(write).join("");
    });
    return isChanged ? Buffer.from(texts.join("")) : whole;
  }
}

function sseData(event: string): string | undefined {
  if (event.startsWith("data: ") && !event.includes("\n")) return event.slice(6);
  const lines = event.split("\n").filter((line) => line.startsWith("data:"));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.slice(line.startsWith("data: ") ? 6 : 5)).join("\n");
}
