import type { Owner } from "../core/conversations/conversation.ts";
import { SekhaError } from "../core/errors.ts";
import type {
  EmbeddedChunk,
  EmbeddingModel,
  EmbeddingModelIdentity,
} from "../core/ports/embedding-model.ts";

/** A model that loads at its first use: a command that only lists needs none. */
export class LazyModel implements EmbeddingModel {
  readonly identity: EmbeddingModelIdentity;
  readonly #load: () => EmbeddingModel;
  #model: EmbeddingModel | null = null;
  #closed = false;

  constructor(identity: EmbeddingModelIdentity, load: () => EmbeddingModel) {
    this.identity = identity;
    this.#load = load;
  }

  async ready(): Promise<void> {
    return this.#loaded().ready();
  }

  async embedQuery(text: string, signal?: AbortSignal, owner?: Owner): Promise<Float32Array> {
    return this.#loaded().embedQuery(text, signal, owner);
  }

  async embedDocument(text: string, signal?: AbortSignal, owner?: Owner): Promise<EmbeddedChunk[]> {
    return this.#loaded().embedDocument(text, signal, owner);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#model?.close();
  }

  #loaded(): EmbeddingModel {
    if (this.#closed && this.#model === null) {
      throw new SekhaError("embedding_unavailable", "Sekha is stopping.");
    }
    this.#model ??= this.#load();
    return this.#model;
  }
}
