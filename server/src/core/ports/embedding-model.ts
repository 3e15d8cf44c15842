/**
 * The identity of a vector space. Two vectors compare only when all three are equal:
 * quantisation changes vectors as much as another model would (components.md).
 */
export interface EmbeddingModelIdentity {
  /** For people and logs, e.g. `all-MiniLM-L6-v2`. */
  name: string;
  /** Exact space, e.g. `all-MiniLM-L6-v2@int8`; stored with each vector. */
  id: string;
  dimension: number;
}

/** One piece of a text that fits the model's window. Offsets are UTF-16 units into the text. */
export interface EmbeddedChunk {
  start: number;
  end: number;
  /** Unit length. */
  vector: Float32Array;
}

/**
 * Turns text into vectors. A failure is an `embedding_unavailable` SekhaError when a retry may
 * help, anything else when it cannot.
 */
export interface EmbeddingModel {
  readonly identity: EmbeddingModelIdentity;
  /** Resolves when loaded; rejects when it never will be. Other calls wait for it. */
  ready(): Promise<void>;
  /** For a search: goes before all background work. */
  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array>;
  /** For storing: chunks by tokens with overlap, nothing is cut. Empty text gives no chunk. */
  embedDocument(text: string, signal?: AbortSignal): Promise<EmbeddedChunk[]>;
  close(): Promise<void>;
}
