import type { Owner } from "../conversations/conversation.ts";
import { SekhaError } from "../errors.ts";

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
  /** Null while its dimension is not known yet; known once it is ready. */
  readonly identity: EmbeddingModelIdentity | null;
  /** For people, also before the identity is known. */
  readonly name?: string;
  /**
   * `reference`, also when absent: its cosines are those that ranking was measured with. The cosines of a model with a
   * scale of its `own` are brought to that one.
   */
  readonly scale?: "reference" | "own";
  /** Resolves when loaded; rejects when it never will be. Other calls wait for it. */
  ready(): Promise<void>;
  /** For a search: goes before all background work. A provider's price is counted as the owner's, `local` when absent. */
  embedQuery(text: string, signal?: AbortSignal, owner?: Owner): Promise<Float32Array>;
  /** For storing: chunks by tokens with overlap, nothing is cut. Empty text gives no chunk. */
  embedDocument(text: string, signal?: AbortSignal, owner?: Owner): Promise<EmbeddedChunk[]>;
  close(): Promise<void>;
}

/** @throws SekhaError `embedding_unavailable` before the model was ready once. */
export function identityOf(model: EmbeddingModel): EmbeddingModelIdentity {
  if (model.identity !== null) return model.identity;
  throw new SekhaError(
    "embedding_unavailable",
    `The dimension of ${model.name ?? "the embedding model"} is not known yet: it is found with the first text it embeds.`,
  );
}

/** The embedding models of a memory. */
export interface EmbeddingModels {
  /** What new text is embedded with. May be another one after the configuration changed. */
  readonly current: EmbeddingModel;
  /**
   * The current one first, then those whose vectors the owner still has. Vectors of a model that is not configured any
   * more are left out: nothing can embed a query for them.
   */
  inUse(owner: string): Promise<readonly EmbeddingModel[]>;
}

/** A memory that never had another model. */
export function onlyModel(model: EmbeddingModel): EmbeddingModels {
  return { current: model, inUse: async () => [model] };
}
