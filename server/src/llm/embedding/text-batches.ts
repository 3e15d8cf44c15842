import type { Owner } from "../../core/conversations/conversation.ts";

/** Answers one vector for each text of an owner, in their order. */
export type EmbedTexts = (texts: readonly string[], owner: Owner) => Promise<Float32Array[]>;

interface Waiting {
  text: string;
  resolve: (vector: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers the texts that an owner has at the same time into requests of many. Where the provider refuses a request
 * for what is in it, its texts are asked for one by one, so that one bad text does not fail the others.
 */
export class TextBatches {
  readonly #embed: EmbedTexts;
  readonly #size: number;
  readonly #isRefusal: (error: unknown) => boolean;
  readonly #waiting = new Map<Owner, Waiting[]>();
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

  embed(text: string, owner: Owner): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(owner) ?? [];
      waiting.push({ text, resolve, reject });
      this.#waiting.set(owner, waiting);
      if (waiting.length >= this.#size) this.#send(owner);
      else if (!this.#isPlanned) {
        this.#isPlanned = true;
        setImmediate(() => {
          this.#isPlanned = false;
          for (const each of this.#waiting.keys()) this.#send(each);
        });
      }
    });
  }

  #send(owner: Owner): void {
    const batch = this.#waiting.get(owner) ?? [];
    this.#waiting.delete(owner);
    if (batch.length > 0) void this.#ask(batch, owner);
  }

  async #ask(batch: readonly Waiting[], owner: Owner): Promise<void> {
    try {
      const texts = batch.map(({ text }) => text);
      const vectors = await this.#embed(texts, owner);
      for (const [at, { resolve, reject }] of batch.entries()) {
        const vector = vectors[at];
        if (vector === undefined) reject(new Error("The provider answered too few vectors."));
        else resolve(vector);
      }
    } catch (error) {
      if (batch.length > 1 && this.#isRefusal(error)) {
        await Promise.all(batch.map((one) => this.#ask([one], owner)));
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }
}
