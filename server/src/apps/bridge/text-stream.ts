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
export function textStream(pieces: AsyncIterable<string>, options: TextStreamOptions): Response {
  const source = new TextSource(pieces[Symbol.asyncIterator](), options);
  return new Response(new ReadableStream<Uint8Array>(source), { headers: options.headers });
}

class TextSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #pieces: AsyncIterator<string>;
  readonly #options: TextStreamOptions;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Whether the reader wants more and nothing has come yet. */
  #isWaiting = false;
  #hasEnded = false;

  constructor(pieces: AsyncIterator<string>, options: TextStreamOptions) {
    this.#pieces = pieces;
    this.#options = options;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { heartbeat } = this.#options;
    if (heartbeat === undefined) return;
    const beat = () => {
      if (this.#isWaiting && !this.#hasEnded) controller.enqueue(Buffer.from(heartbeat.text));
    };
    this.#heartbeat = setInterval(beat, heartbeat.everyMs);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isWaiting = true;
    try {
      const next = await this.#pieces.next();
      if (this.#hasEnded) return;
      if (next.done) this.#end(controller);
      else this.#send(controller, next.value);
    } catch (error) {
      this.#fail(controller, error);
    } finally {
      this.#isWaiting = false;
    }
  }

  cancel(): void {
    this.#stop();
    this.#options.abandon();
    // A generator that waits for its next piece returns only after it; that the work was ended makes it come soon.
    this.#pieces.return?.().catch(() => undefined);
  }

  /** A new piece starts the time of silence anew. */
  #send(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    this.#heartbeat?.refresh();
    controller.enqueue(Buffer.from(text));
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
    if (this.#hasEnded) return;
    const text = this.#options.failureText(error);
    if (text !== undefined) controller.enqueue(Buffer.from(text));
    this.#end(controller);
  }

  #end(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#stop();
    controller.close();
  }

  #stop(): void {
    this.#hasEnded = true;
    clearInterval(this.#heartbeat);
  }
}
