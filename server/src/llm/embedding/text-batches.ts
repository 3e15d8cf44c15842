/** Answers one vector for each text, in their order. */
export type EmbedTexts = (texts: readonly string[]) => Promise<Float32Array[]>;

interface Waiting {
  text: string;
  resolve: (vector: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers the texts that are asked for at the same time into requests of many. Where the provider refuses a request
 * for what is in it, its texts are asked for one by one, so that one bad text does not fail the others.
 */
export class TextBatches {
  readonly #embed: EmbedTexts;
  readonly #size: number;
  readonly #isRefusal: (error: unknown) => boolean;
  #waiting: Waiting[] = [];
  #isPlanned = false;

  constructor(options: {
    embed: EmbedTexts;
    /** Texts in one request. */
    size: number;
    /** Whether an error is about what was sent. */
    isRefusal: (error: unknown) => boolean;
  }) {
    this.#embed = options.embed;
    this.#size = options.size;
    this.#isRefusal = options.isRefusal;
  }

  embed(text: string): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      if (this.#waiting.length >= this.#size) this.#send();
      else if (!this.#isPlanned) {
        this.#isPlanned = true;
        setImmediate(() => {
          this.#isPlanned = false;
          this.#send();
        });
      }
    });
  }

  #send(): void {
    const batch = this.#waiting.splice(0, this.#size);
    if (batch.length > 0) void this.#ask(batch);
  }

  async #ask(batch: readonly Waiting[]): Promise<void> {
    try {
      const vectors = await this.#embed(batch.map(({ text }) => text));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const vector = vectors[at];
        if (vector === undefined) reject(new Error("The provider answered too few vectors."));
        else resolve(vector);
      }
    } catch (error) {
      if (batch.length > 1 && this.#isRefusal(error)) {
        await Promise.all(batch.map((one) => this.#ask([one])));
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }
}
