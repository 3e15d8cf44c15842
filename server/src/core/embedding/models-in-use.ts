import type { Owner } from "../conversations/conversation.ts";
import type { EmbeddingModel, EmbeddingModels } from "../ports/embedding-model.ts";
import type { VectorStore } from "../ports/vector-store.ts";

interface ModelsInUseDependencies {
  /** What new text is embedded with now. */
  current: () => EmbeddingModel;
  /** The model of an identity, when it can still embed. */
  find: (id: string, dimension: number) => EmbeddingModel | null;
  vectors: Pick<VectorStore, "collections">;
  /** Milliseconds. */
  clock: () => number;
}

/** Which collections there are is looked up again after so long; a search does not wait for it. */
const FRESH_MS = 60_000;

/** Knows with which models the vectors of an owner were made. */
export class ModelsInUse implements EmbeddingModels {
  readonly #dependencies: ModelsInUseDependencies;
  readonly #known = new Map<Owner, { ids: Promise<[string, number][]>; at: number }>();

  constructor(dependencies: ModelsInUseDependencies) {
    this.#dependencies = dependencies;
  }

  get current(): EmbeddingModel {
    return this.#dependencies.current();
  }

  async inUse(owner: Owner): Promise<readonly EmbeddingModel[]> {
    const { current } = this;
    const others = (await this.#collections(owner)).flatMap(([id, dimension]) => {
      if (id === current.identity?.id) return [];
      const model = this.#dependencies.find(id, dimension);
      return model === null ? [] : [model];
    });
    return [current, ...others];
  }

  async #collections(owner: Owner): Promise<[string, number][]> {
    const now = this.#dependencies.clock();
    const known = this.#known.get(owner);
    if (known !== undefined && now - known.at < FRESH_MS) return known.ids;
    const looked = this.#dependencies.vectors
      .collections(owner)
      .then((found) =>
        found.map(({ modelId, dimension }): [string, number] => [modelId, dimension]),
      );
    // The next search looks again when this look failed; a stale answer serves until then.
    looked.catch(() => this.#known.delete(owner));
    this.#known.set(owner, {
      ids: known === undefined ? looked : looked.catch(() => known.ids),
      at: now,
    });
    return known?.ids ?? looked.catch(() => []);
  }
}
