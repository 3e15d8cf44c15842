import type { MessageFilter, Owner } from "../conversations/conversation.ts";
import { errorMessage } from "../errors.ts";
import { type EmbeddingModel, type EmbeddingModels, identityOf } from "../ports/embedding-model.ts";
import type { VectorHit, VectorStore } from "../ports/vector-store.ts";
import { type CosineScale, scaleOf, toReference } from "./cosine-scale.ts";

export interface MeaningDependencies {
  vectors: VectorStore;
  models: EmbeddingModels;
}

interface MeaningRequest {
  query: string;
  filter: MessageFilter;
  limit: number;
  signal: AbortSignal;
}

/** A query in the space of one model. */
interface Space {
  model: EmbeddingModel;
  vector: Float32Array;
  /** Null: its cosines are on the reference scale. */
  scale: CosineScale | null;
}

/** What was found by meaning, on one scale whatever the models. */
export interface Meaning {
  hits: VectorHit[];
  spaces: readonly Space[];
  /** Why some of the memory's vectors were not asked; null when all were. */
  missing: string | null;
}

/** Messages taken at random to see how a model's cosines spread. */
const SAMPLE = 96;

/**
 * Finds by meaning in every collection of a memory: the query is embedded once for each model in use (decisions.md 20).
 * A message that has vectors of several models counts with the current model's.
 */
export class MeaningRecall {
  readonly #dependencies: MeaningDependencies;

  constructor(dependencies: MeaningDependencies) {
    this.#dependencies = dependencies;
  }

  /** Rejects when no model could be asked, with the current model's reason. */
  async search(owner: Owner, request: MeaningRequest): Promise<Meaning> {
    const models = await this.#dependencies.models.inUse(owner);
    const asked = await Promise.allSettled(
      models.map((model) => this.#searchOne(owner, model, request)),
    );
    const answered = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = asked.flatMap((one) =>
      one.status === "rejected" ? [one.reason as unknown] : [],
    );
    if (answered.length === 0) throw failed[0];
    return {
      hits: merged(answered.map(({ hits }) => hits)).slice(0, request.limit),
      spaces: answered.map(({ space }) => space),
      missing: failed.length === 0 ? null : errorMessage(failed[0]),
    };
  }

  /** The cosines of given messages, on the same scale. */
  async similarities(
    owner: Owner,
    { spaces }: Meaning,
    messages: readonly number[],
  ): Promise<Map<number, number>> {
    const { vectors } = this.#dependencies;
    const found = await Promise.all(
      spaces.map(async ({ model, vector, scale }) => {
        const query = { model: identityOf(model), vector };
        const looked = await vectors.similarities(owner, query, [...messages]);
        return [...looked].map(([message, cosine]): [number, number] => [
          message,
          onScale(cosine, scale),
        ]);
      }),
    );
    // The current model comes first, so it is written last.
    return new Map(found.toReversed().flat());
  }

  async #searchOne(
    owner: Owner,
    model: EmbeddingModel,
    { query, filter, limit, signal }: MeaningRequest,
  ): Promise<{ hits: VectorHit[]; space: Space }> {
    const { vectors } = this.#dependencies;
    const vector = await model.embedQuery(query, signal, owner);
    const wanted = { model: identityOf(model), vector };
    const hits = await vectors.search(owner, { ...wanted, filter, limit });
    if (model.scale !== "own") return { hits, space: { model, vector, scale: null } };
    const scale = scaleOf(
      await this.#sample(owner, wanted, hits),
      hits.map((hit) => hit.similarity),
    );
    return {
      hits: hits.map((hit) => ({ ...hit, similarity: onScale(hit.similarity, scale) })),
      space: { model, vector, scale },
    };
  }

  /** Cosines of messages that are spread over the memory, the hits left out. */
  async #sample(
    owner: Owner,
    query: { model: ReturnType<typeof identityOf>; vector: Float32Array },
    hits: readonly VectorHit[],
  ): Promise<number[]> {
    const found = new Set(hits.map((hit) => hit.message));
    const newest = Math.max(0, ...found);
    const step = Math.max(1, newest / SAMPLE);
    const spread = Array.from({ length: SAMPLE }, (_, at) => Math.floor(1 + at * step));
    const numbers = [...new Set(spread)].filter((number) => number <= newest && !found.has(number));
    if (numbers.length === 0) return [];
    const looked = await this.#dependencies.vectors.similarities(owner, query, numbers);
    return [...looked.values()];
  }
}

function onScale(cosine: number, scale: CosineScale | null): number {
  return scale === null ? cosine : toReference(cosine, scale);
}

/** Each message once, the best first. */
function merged(lists: readonly VectorHit[][]): VectorHit[] {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return only;
  const hits = new Map(lists.toReversed().flatMap((list) => list.map((hit) => [hit.message, hit])));
  return [...hits.values()].sort(
    (left, right) => right.similarity - left.similarity || left.message - right.message,
  );
}
