import type { EmbeddingModel, EmbeddingModelIdentity } from "../core/ports/embedding-model.ts";

/** A model that loads at its first use: a command that only lists needs none. */
export class LazyModel implements EmbeddingModel {
  readonly identity: EmbeddingModelIdentity;
  readonly #load: () => EmbeddingModel;
  #model: EmbeddingModel | null = null;

  constructor(identity: EmbeddingModelIdentity, load: () => EmbeddingModel) {
    this.identity = identity;
    this.#load = load;
  }

  ready(): Promise<void> {
    return this.#loaded().ready();
  }

  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array> {
    return this.#loaded().embedQuery(text, signal);
  }

  embedDocument(text: string, signal?: AbortSignal) {
    return this.#loaded().embedDocument(text, signal);
  }

  async close(): Promise<void> {
    await this.#model?.close();
  }

  #loaded(): EmbeddingModel {
    this.#model ??= this.#load();
    return this.#model;
  }
}
