import { SekhaError } from "../../../core/errors.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import { type CollectionInfo, collectionName } from "../../../core/ports/vector-store.ts";
import { BlockPool } from "./block-pool.ts";
import { ConversationSets } from "./conversation-sets.ts";
import type { Partition } from "./partition.ts";
import type { VectorLog } from "./partition-loader.ts";
import { Partitions } from "./partitions.ts";
import { quantiseQuery } from "./quantise.ts";
import { Search } from "./search.ts";
import { removeUnfinished } from "./sidecar.ts";
import { type Space, VectorRows } from "./vector-rows.ts";
import type { WorkerCalls } from "./worker-protocol.ts";

export interface EngineOptions {
  databaseFile: string;
  directory: string;
  quietMs: number;
  log: VectorLog;
  now: () => number;
}

type Input<Call extends keyof WorkerCalls> = WorkerCalls[Call]["input"];
type Output<Call extends keyof WorkerCalls> = Promise<WorkerCalls[Call]["output"]>;

/** What the worker does, one method a call. */
export class VectorEngine {
  readonly #rows: VectorRows;
  readonly #partitions: Partitions;
  readonly #search: Search;
  readonly #counts = new Map<string, { version: number; vectors: number }>();

  private constructor(rows: VectorRows, options: EngineOptions) {
    this.#rows = rows;
    this.#partitions = new Partitions({ ...options, rows, pool: new BlockPool() });
    this.#search = new Search(rows, new ConversationSets(rows));
  }

  /** Throws when the database cannot be opened or the folder not be made. */
  static async open(options: EngineOptions): Promise<VectorEngine> {
    const rows = new VectorRows(options.databaseFile);
    try {
      rows.check();
      await removeUnfinished(options.directory);
      return new VectorEngine(rows, options);
    } catch (error) {
      rows.close();
      throw error;
    }
  }

  async search(input: Input<"search">): Output<"search"> {
    const partition = await this.#partition(input.owner, input.model);
    if (partition === undefined) {
      return [];
    }
    const request = {
      query: quantiseQuery(input.vector),
      filter: input.filter,
      limit: input.limit,
    };
    const first = this.#search.run(partition, request);
    if (first.gone === 0) {
      return first.hits;
    }
    // Rows were deleted and nobody said so; they took places among the candidates.
    if (first.hits.length < input.limit) {
      await this.#partitions.reconcile(partition);
    }
    return this.#search.run(partition, request).hits;
  }

  async similarities(input: Input<"similarities">): Output<"similarities"> {
    const partition = await this.#partition(input.owner, input.model);
    return (
      partition?.similarities(quantiseQuery(input.vector), input.messages) ??
      new Map<number, number>()
    );
  }

  async remove(input: Input<"remove">): Output<"remove"> {
    await this.#partitions.remove(input.owner, new Set(input.conversations));
    return undefined;
  }

  async warm(input: Input<"warm">): Output<"warm"> {
    await this.#partition(input.owner, input.model);
    return undefined;
  }

  async collections(input: Input<"collections">): Output<"collections"> {
    const found: CollectionInfo[] = [];
    for (const model of this.#rows.models()) {
      const space = { owner: input.owner, model };
      const vectors = this.#vectorCount(space);
      if (vectors > 0) {
        found.push({
          name: collectionName(model.dimension),
          modelId: model.id,
          dimension: model.dimension,
          vectors,
          messages: await this.#messageCount(space, vectors),
        });
      }
    }
    return found;
  }

  async check(): Output<"check"> {
    this.#rows.check();
    return undefined;
  }

  async close(): Output<"close"> {
    try {
      await this.#partitions.close();
    } finally {
      this.#rows.close();
    }
    return undefined;
  }

  async maintain(): Promise<void> {
    await this.#partitions.maintain();
  }

  /** Counting 100,000 rows takes 20 ms, and no search is answered meanwhile; so only after something was written. */
  #vectorCount(space: Space): number {
    const key = `${space.model.sequence} ${space.owner}`;
    const version = this.#rows.dataVersion();
    const known = this.#counts.get(key);
    if (known?.version === version) return known.vectors;
    const vectors = this.#rows.count(space, Number.MAX_SAFE_INTEGER);
    this.#counts.set(key, { version, vectors });
    return vectors;
  }

  /** From memory when that is loaded and complete: a million rows take the database a second. */
  async #messageCount(space: Space, vectors: number): Promise<number> {
    const partition = await this.#partitions.readyIfLoaded(space);
    return partition?.live === vectors ? partition.messageCount : this.#rows.messageCount(space);
  }

  /** Undefined for a model that has no vectors at all. */
  async #partition(
    owner: string,
    identity: EmbeddingModelIdentity,
  ): Promise<Partition | undefined> {
    const model = this.#rows.model(identity.id);
    if (model === undefined) {
      return undefined;
    }
    if (model.dimension !== identity.dimension) {
      throw new SekhaError(
        "invalid_request",
        `the stored vectors of model ${identity.id} have ${model.dimension} components, ` +
          `the model says ${identity.dimension}: give the model another id or rebuild the embeddings`,
      );
    }
    return await this.#partitions.ready({ owner, model });
  }
}
