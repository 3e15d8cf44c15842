/** One JSON value cut out of a file, or the place where the file stops being readable. */
export type JsonPiece =
  | {
      kind: "element";
      index: number;
      start: number;
      text: string;
      /** It stood in the array of `{"conversations": […]}`. */
      wrapped: boolean;
    }
  | { kind: "damage"; index: number; start: number; byte: number; reason: string };

export interface JsonElementOptions {
  /** Elements beyond this many bytes are refused, not held. */
  maxElementBytes?: number;
  /** Offset of the first byte in the file, for what was left out before it. */
  firstByte?: number;
}

const DEFAULT_MAX_ELEMENT_BYTES = 256 * 1024 * 1024;
/** SQLite and recursive walkers give up at about 1,000 levels. */
const MAX_DEPTH = 500;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** How far before `[` the key of the list is looked for. */
const KEY_WINDOW = 256;

type State =
  /** Between the values of the file. */
  | "top"
  /** Inside the outer list, between its elements. */
  | "list"
  | "element"
  /** A string, number or word where an object belongs. */
  | "scalar"
  /** What follows the list in `{"conversations": […], …}`. */
  | "rest"
  /** After a damaged line: waits for a line that begins with `{`. */
  | "resync"
  | "stopped";

/**
 * Cuts a JSON file into its elements while it is read: a list of objects, one object,
 * `{"conversations": […]}`, JSON Lines, or several of these after one another. It balances
 * brackets and strings over bytes and leaves the grammar to `JSON.parse`, so that one bad
 * element does not lose the others. Holds one element at a time. Chunks must not be reused
 * by their producer.
 */
export class JsonElementScanner {
  private state: State = "top";
  private readonly maxElementBytes: number;
  /** Offset in the file of the current chunk. */
  private offset: number;
  private lastByte = NEWLINE;
  private index = 0;
  private wrapped = false;
  private out: JsonPiece[] = [];

  private start = 0;
  /** Where in the current chunk the bytes begin that the element still needs. */
  private keepFrom = 0;
  private kept: Uint8Array[] = [];
  private keptBytes = 0;
  /** A value of its own in the file: a line feed in its strings is damage. */
  private standsAlone = false;
  private inString = false;
  private escaped = false;
  /** The last byte outside strings that is not white space. */
  private previous = 0;
  private depth = 0;
  private deepest = 0;
  private readonly opened = new Uint8Array(MAX_DEPTH + 1);

  constructor(options: JsonElementOptions = {}) {
    this.maxElementBytes = options.maxElementBytes ?? DEFAULT_MAX_ELEMENT_BYTES;
    this.offset = options.firstByte ?? 0;
  }

  /** The pieces that are complete with this chunk, in order. */
  push(chunk: Uint8Array): JsonPiece[] {
    this.keepFrom = 0;
    let at = 0;
    while (at < chunk.length && this.state !== "stopped") {
      at = this.step(chunk, at);
    }
    if (this.state === "element" || this.state === "scalar") {
      this.keep(chunk.subarray(this.keepFrom));
    }
    this.offset += chunk.length;
    this.lastByte = chunk.at(-1) ?? this.lastByte;
    return this.take();
  }

  /** Says what is missing when the file ends too early. */
  end(): JsonPiece[] {
    const reasons: Partial<Record<State, string>> = {
      element: `the file ends inside the entry that begins at byte ${this.start}; it is cut off or damaged`,
      scalar: `the file ends inside the value that begins at byte ${this.start}; it is cut off`,
      list: "the file ends before the list is closed by ]; it is cut off, later entries are missing",
      rest: "the file ends before the closing }; it is cut off",
    };
    const reason = reasons[this.state];
    if (reason !== undefined) {
      const start = this.state === "element" || this.state === "scalar" ? this.start : this.offset;
      this.damage({ start, byte: this.offset, reason });
    }
    this.state = "stopped";
    return this.take();
  }

  private take(): JsonPiece[] {
    const pieces = this.out;
    this.out = [];
    return pieces;
  }

  private step(chunk: Uint8Array, at: number): number {
    switch (this.state) {
      case "top":
        return this.stepTop(chunk, at);
      case "list":
        return this.stepList(chunk, at);
      case "scalar":
        return this.scanScalar(chunk, at);
      case "resync":
        return this.scanResync(chunk, at);
      default:
        return this.inString ? this.scanString(chunk, at) : this.scanStructure(chunk, at);
    }
  }

  private stepTop(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === OPEN_OBJECT) {
      this.wrapped = false;
      this.begin(at, true);
      return at;
    }
    if (byte === OPEN_LIST) {
      this.wrapped = false;
      this.state = "list";
    } else if (!isBlank(byte) && byte !== COMMA) {
      const start = this.offset + at;
      this.damage({
        start,
        byte: start,
        reason: "unexpected text where a JSON object should begin",
      });
      this.state = "resync";
      return at;
    }
    return at + 1;
  }

  private stepList(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === CLOSE_LIST) {
      this.leaveList();
      return at + 1;
    }
    if (isBlank(byte) || byte === COMMA) {
      return at + 1;
    }
    if (byte === CLOSE_OBJECT) {
      const start = this.offset + at;
      this.damage({ start, byte: start, reason: "unexpected } between the entries of the list" });
      this.state = "stopped";
      return at;
    }
    this.begin(at, false);
    if (byte !== OPEN_OBJECT && byte !== OPEN_LIST) {
      this.state = "scalar";
    }
    return at;
  }

  private leaveList(): void {
    this.state = this.wrapped ? "rest" : "top";
    this.previous = CLOSE_LIST;
    this.depth = 1;
    this.opened[0] = OPEN_OBJECT;
  }

  private begin(at: number, standsAlone: boolean): void {
    this.state = "element";
    this.start = this.offset + at;
    this.keepFrom = at;
    this.kept = [];
    this.keptBytes = 0;
    this.standsAlone = standsAlone;
    this.inString = false;
    this.escaped = false;
    this.previous = 0;
    this.depth = 0;
    this.deepest = 0;
  }

  private scanString(chunk: Uint8Array, from: number): number {
    let at = this.escaped ? from + 1 : from;
    this.escaped = false;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.inString = false;
        this.previous = QUOTE;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        at += 1;
        this.escaped = at === chunk.length;
      } else if (byte === NEWLINE && this.standsAlone) {
        return this.breakOff(at, "a line ends inside a quoted text");
      }
    }
    return chunk.length;
  }

  private scanStructure(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        this.inString = true;
        return at + 1;
      }
      // [ and { differ in one bit, as do ] and }.
      const bracket = byte | 0x20;
      if (bracket === OPEN_OBJECT) {
        return this.open(chunk, at);
      }
      if (bracket === CLOSE_OBJECT) {
        return this.close(chunk, at);
      }
      if (byte > SPACE) {
        this.previous = byte;
      }
    }
    return chunk.length;
  }

  private open(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    if (this.standsAlone && this.state === "element") {
      if (!mayPrecedeValue(this.previous)) {
        const onNewLine = (at > 0 ? chunk[at - 1] : this.lastByte) === NEWLINE;
        this.breakOff(at, "a new object begins before this one is closed");
        this.state = onNewLine ? "top" : "resync";
        return at;
      }
      if (byte === OPEN_LIST && this.depth === 1 && this.isConversationList(chunk, at)) {
        this.kept = [];
        this.wrapped = true;
        this.state = "list";
        return at + 1;
      }
    }
    if (this.depth <= MAX_DEPTH) {
      this.opened[this.depth] = byte;
    }
    this.depth += 1;
    this.deepest = Math.max(this.deepest, this.depth);
    this.previous = byte;
    return at + 1;
  }

  private close(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    this.depth -= 1;
    // ASCII: the closing bracket is two above the opening one.
    if (this.depth <= MAX_DEPTH && this.opened[this.depth] !== byte - 2) {
      return this.breakOff(at, `unexpected ${String.fromCharCode(byte)}`);
    }
    this.previous = byte;
    if (this.depth > 0) {
      return at + 1;
    }
    if (this.state === "rest") {
      this.state = "top";
    } else {
      this.finish(chunk, at + 1);
    }
    return at + 1;
  }

  private scanScalar(chunk: Uint8Array, from: number): number {
    if (this.inString) {
      return this.scanString(chunk, from);
    }
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        this.inString = true;
        return at + 1;
      }
      if (byte === COMMA || (byte | 0x20) === OPEN_OBJECT || (byte | 0x20) === CLOSE_OBJECT) {
        this.finish(chunk, at);
        return at;
      }
    }
    return chunk.length;
  }

  private scanResync(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const before = at > 0 ? chunk[at - 1] : this.lastByte;
      if (before === NEWLINE && chunk[at] === OPEN_OBJECT) {
        this.state = "top";
        return at;
      }
    }
    return chunk.length;
  }

  private finish(chunk: Uint8Array, end: number): void {
    this.keep(chunk.subarray(this.keepFrom, end));
    const { start, index, wrapped } = this;
    this.state = this.standsAlone ? "top" : "list";
    if (this.keptBytes > this.maxElementBytes) {
      this.damage({
        start,
        byte: start,
        reason: `the entry has ${this.keptBytes} bytes, more than the ${this.maxElementBytes} that one conversation may have`,
      });
    } else if (this.deepest > MAX_DEPTH) {
      this.damage({ start, byte: start, reason: `it is nested deeper than ${MAX_DEPTH} levels` });
    } else {
      const text = Buffer.concat(this.kept).toString("utf8");
      this.out.push({ kind: "element", index, start, text, wrapped });
      this.index += 1;
    }
    this.kept = [];
  }

  private keep(bytes: Uint8Array): void {
    this.keptBytes += bytes.length;
    if (this.keptBytes > this.maxElementBytes) {
      this.kept = [];
    } else if (bytes.length > 0) {
      this.kept.push(bytes);
    }
  }

  /** Gives the element up: line by line it goes on with the next, inside a list it cannot. */
  private breakOff(at: number, reason: string): number {
    const byte = this.offset + at;
    const next: State = this.standsAlone ? "resync" : "stopped";
    const lost = next === "stopped" ? "; entries after it cannot be told apart" : "";
    const start = this.state === "rest" ? byte : this.start;
    this.damage({ start, byte, reason: `${reason} at byte ${byte}${lost}` });
    this.state = next;
    this.inString = false;
    this.kept = [];
    return at;
  }

  private damage(damage: { start: number; byte: number; reason: string }): void {
    this.out.push({ kind: "damage", index: this.index, ...damage });
    this.index += 1;
  }

  private isConversationList(chunk: Uint8Array, at: number): boolean {
    if (this.previous !== COLON || this.opened[0] !== OPEN_OBJECT) {
      return false;
    }
    const pieces = [...this.kept.slice(-KEY_WINDOW), chunk.subarray(this.keepFrom, at)];
    const tail = Buffer.concat(pieces.map((piece) => piece.subarray(-KEY_WINDOW)));
    return /[{,]\s*"conversations"\s*:\s*$/.test(tail.subarray(-KEY_WINDOW).toString("latin1"));
  }
}

/** Cuts a UTF-8 stream into its JSON elements; see {@link JsonElementScanner}. Never throws on damage. */
export async function* splitJsonElements(
  bytes: AsyncIterable<Uint8Array>,
  options: JsonElementOptions = {},
): AsyncGenerator<JsonPiece> {
  const scanner = new JsonElementScanner(options);
  for await (const chunk of bytes) {
    yield* scanner.push(chunk);
  }
  yield* scanner.end();
}

function mayPrecedeValue(byte: number): boolean {
  return byte === 0 || byte === OPEN_LIST || byte === COMMA || byte === COLON;
}

/** JSON's white space and the record separator of JSON text sequences (RFC 7464). */
function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === 0x0d || byte === 0x09 || byte === 0x1e;
}
