/** Lines of a UTF-8 stream, one at a time, without their line feed. */
export class LineReader {
  /** Byte offset of the line that `next` answers next. */
  byte = 0;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private readonly isCrlf: boolean;
  /** Lines that were read ahead, the next one last. */
  private ahead: string[] = [];
  private partial = "";
  private isDone = false;

  /** With `isCrlf` lines end with a carriage return and a line feed. */
  constructor(bytes: AsyncIterable<Uint8Array>, options: { isCrlf: boolean }) {
    this.iterator = bytes[Symbol.asyncIterator]();
    this.isCrlf = options.isCrlf;
  }

  /** Undefined at the end; what follows the last line feed is a line unless it is empty. */
  async next(): Promise<string | undefined> {
    while (this.ahead.length === 0 && !this.isDone) {
      await this.fill();
    }
    const line = this.ahead.pop();
    if (line === undefined) {
      return undefined;
    }
    this.byte += Buffer.byteLength(line) + 1;
    return this.isCrlf && line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  /** Puts lines back, to be read again in the same order. */
  unread(lines: string[]): void {
    const raw = this.isCrlf ? lines.map((line) => `${line}\r`) : lines;
    for (const line of raw.toReversed()) {
      this.ahead.push(line);
      this.byte -= Buffer.byteLength(line) + 1;
    }
  }

  /** Releases the stream. */
  async close(): Promise<void> {
    this.isDone = true;
    await this.iterator.return?.();
  }

  private async fill(): Promise<void> {
    const next = await this.iterator.next();
    this.isDone = next.done === true;
    const text = this.isDone
      ? this.decoder.decode()
      : this.decoder.decode(next.value, { stream: true });
    const lines = text.split("\n");
    lines[0] = this.partial + (lines[0] ?? "");
    this.partial = lines.pop() ?? "";
    if (this.isDone && this.partial !== "") {
      lines.push(this.partial);
    }
    this.ahead = lines.reverse();
  }
}
