import type { ServerResponse } from "node:http";
import { Answer, type PiecewiseBody } from "../../http/answer.ts";
import { drained } from "../../http/socket-answer.ts";

export interface TextStreamOptions {
  headers: Record<string, string>;
  /** Ends the work behind the pieces; called when the reader is gone. */
  abandon: () => void;
  /** Last text of a stream that failed; undefined: the reader is gone anyway. */
  failureText: (error: unknown) => string | undefined;
  /** Sent while nothing else is, so that no proxy in between takes silence for death. */
  heartbeat?: { text: string; everyMs: number };
}

/**
 * Answers with pieces of text as they come. A failure is told inside the stream, whose status is long sent; then it ends
 * without the mark of a complete answer. A reader that goes away ends the pieces at once.
 */
export function textStream(pieces: AsyncIterable<string>, options: TextStreamOptions): Answer {
  return new Answer(new TextSource(pieces[Symbol.asyncIterator](), options), {
    headers: options.headers,
  });
}

class TextSource implements PiecewiseBody, UnderlyingDefaultSource<Uint8Array> {
  readonly #pieces: AsyncIterator<string>;
  readonly #options: TextStreamOptions;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Whether the reader wants more and nothing has come yet. */
  #isWaiting = false;
  #hasEnded = false;
  #isCancelled = false;

  constructor(pieces: AsyncIterator<string>, options: TextStreamOptions) {
    this.#pieces = pieces;
    this.#options = options;
  }

  stream(): ReadableStream<Uint8Array> {
    // Nothing is asked for before somebody reads.
    return new ReadableStream<Uint8Array>(this, { highWaterMark: 0 });
  }

  pipe(outgoing: ServerResponse): void {
    void this.#writeAll(outgoing);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#beat((text) => controller.enqueue(Buffer.from(text)));
    const text = await this.#next();
    if (this.#isCancelled) return;
    if (text !== undefined) controller.enqueue(Buffer.from(text));
    if (this.#hasEnded) controller.close();
  }

  cancel(): void {
    if (this.#hasEnded) return;
    this.#isCancelled = true;
    this.#stop();
    this.#options.abandon();
    // A generator that waits for its next piece returns only after it; that the work was ended makes it come soon.
    this.#pieces.return?.().catch(() => undefined);
  }

  /** All pieces, each in one write; a reader that is slow is waited for. */
  async #writeAll(outgoing: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      outgoing.once("close", () => {
        this.cancel();
        resolve();
      });
    });
    if (outgoing.destroyed) this.cancel();
    this.#beat((text) => outgoing.write(text));
    for (let isFirst = true; !this.#hasEnded; isFirst = false) {
      const text = await this.#next();
      if (text === undefined || this.#isCancelled) continue;
      const isTaken = outgoing.write(text);
      // Else it would be sent with what comes in the same turn: the first token waits for nothing.
      if (isFirst) outgoing.socket?.uncork();
      if (!isTaken) await Promise.race([drained(outgoing), gone]);
    }
    if (!this.#isCancelled) outgoing.end();
  }

  /** The next piece, or the text that tells of a failure; undefined at the end. */
  async #next(): Promise<string | undefined> {
    this.#isWaiting = true;
    try {
      const next = await this.#pieces.next();
      // A new piece starts the time of silence anew.
      this.#heartbeat?.refresh();
      if (next.done !== true) return next.value;
      this.#stop();
      return undefined;
    } catch (error) {
      if (this.#isCancelled) return undefined;
      this.#stop();
      return this.#options.failureText(error);
    } finally {
      this.#isWaiting = false;
    }
  }

  #beat(write: (text: string) => void): void {
    const { heartbeat } = this.#options;
    if (heartbeat === undefined || this.#heartbeat !== undefined || this.#hasEnded) return;
    this.#heartbeat = setInterval(() => {
      if (this.#isWaiting && !this.#hasEnded) write(heartbeat.text);
    }, heartbeat.everyMs);
  }

  #stop(): void {
    this.#hasEnded = true;
    clearInterval(this.#heartbeat);
  }
}
