import type { Where } from "chromadb";
import type { MessageFilter, Owner } from "../../../core/conversations/conversation.ts";
import { errorMessage } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { EmbeddingQueue } from "../../../core/ports/embedding-queue.ts";
import type { ConversationSequence, MessageSequence } from "../../../core/ports/message-index.ts";
import {
  type CollectionInfo,
  collectionName,
  type VectorEntry,
  type VectorHit,
  type VectorQuery,
  type VectorStore,
} from "../../../core/ports/vector-store.ts";
import { checkQueryLimit, checkQueryVector } from "../query-vector.ts";
import { ChromaCollections, type CollectionHandle, LostCollection } from "./chroma-collections.ts";
import {
  CHECK_LIMIT,
  ChromaConnection,
  type ChromaConnectionOptions,
  SEARCH_LIMIT,
  WRITE_LIMIT,
} from "./chroma-connection.ts";
import { cosineOf, queryNearest } from "./chroma-query.ts";
import {
  batchesOf,
  type ChromaRecord,
  floatsOf,
  placeInScope,
  type RecordScope,
  recordId,
  scopePrefix,
  upsertRecords,
  wellFormed,
} from "./chroma-records.ts";
import { type ChromaRows, type ChromaSource, searchChroma } from "./chroma-search.ts";
import { ChromaSync } from "./chroma-sync.ts";
import { LegacyCollection, legacyProblem } from "./legacy-collection.ts";
import { LegacyMove } from "./legacy-move.ts";
import { type Erasure, PendingErasures } from "./pending-erasures.ts";

export interface ChromaVectorStoreOptions extends ChromaConnectionOptions {
  rows: ChromaRows & { queue: Pick<EmbeddingQueue, "complete"> };
  legacy: {
    /** Whose v1's memory is. */
    owner: Owner;
    /** The model that v1 made its vectors of a dimension with, as far as it is configured. */
    modelOf: (dimension: number) => string | null;
  };
  log: Log;
  /** Milliseconds. */
  clock: () => number;
  newId: () => string;
}

const ERASED_AT_ONCE = 200;
const MEMORY_NOTE = "chroma.memory";

/** Recall by meaning in a Chroma server. The rows stay the truth: Chroma can be filled from them at any time. */
export function createChromaVectorStore(options: ChromaVectorStoreOptions): ChromaVectorStore {
  return new ChromaVectorStore(options);
}

export class ChromaVectorStore implements VectorStore {
  readonly #options: ChromaVectorStoreOptions;
  readonly #connection: ChromaConnection;
  readonly #collections: ChromaCollections;
  readonly #legacy: LegacyCollection;
  readonly #move: LegacyMove;
  readonly #erasures: PendingErasures;
  readonly #sync: ChromaSync;
  #memory: Promise<string> | null = null;
  #started = false;

  constructor(options: ChromaVectorStoreOptions) {
    const { rows, legacy, log, clock, sleep } = options;
    this.#options = options;
    this.#connection = new ChromaConnection(options);
    this.#collections = new ChromaCollections(this.#connection, () => this.#requestSync());
    this.#legacy = new LegacyCollection({
      ...{ collections: this.#collections, rows: rows.vectors, log, clock },
      ...legacy,
    });
    this.#move = new LegacyMove({
      ...{ legacy: this.#legacy, rows: rows.vectors, vectors: this, queue: rows.queue },
    });
    this.#erasures = new PendingErasures(rows.vectors);
    this.#sync = new ChromaSync({
      ...{ connection: this.#connection, collections: this.#collections, rows: rows.vectors },
      ...{ memory: () => this.#memoryId(), log, sleep },
      erasePending: () => this.#erasures.settle((erasure) => this.#erase(erasure)),
    });
  }

  /** Begins to compare Chroma with the rows, in the background. */
  start(): void {
    this.#started = true;
    this.#requestSync();
  }

  /** Compares now, and resolves when it is done. */
  async synchronise(): Promise<{ pushed: number; erased: number }> {
    return await this.#sync.once();
  }

  async add(owner: Owner, model: EmbeddingModelIdentity, entries: VectorEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const { vectors: rows } = this.#options.rows;
    const messages = [...new Set(entries.map(({ message }) => message))];
    const described = new Map(
      (await rows.describe(owner, messages)).map((one) => [one.message, one]),
    );
    const records = entries.flatMap((entry): ChromaRecord[] => {
      const description = described.get(entry.message);
      // Deleted meanwhile.
      if (description === undefined) return [];
      return [{ ...entry, ...description, owner, modelId: model.id }];
    });
    if (records.length === 0) return;
    const surplus = await this.#surplus(owner, model, records);
    try {
      await this.#put(model.dimension, records, surplus);
    } catch (error) {
      if (!(error instanceof LostCollection)) throw error;
      await this.#put(model.dimension, records, surplus);
    }
  }

  /** @param ids of the conversations, so that v1's vectors of them can be erased too */
  async remove(
    owner: Owner,
    conversations: ConversationSequence[],
    ids: readonly string[] = [],
  ): Promise<void> {
    if (conversations.length === 0) return;
    const erasure: Erasure = { owner, conversations, ids: [...ids] };
    try {
      await this.#erase(erasure);
    } catch (error) {
      // The rows are gone, so nothing finds them any more; Chroma is told when it is back.
      await this.#erasures.add(erasure);
      this.#options.log.warn(
        `${conversations.length} deleted conversations are erased in ChromaDB later: ${errorMessage(error)}`,
      );
      this.#requestSync();
    }
  }

  async search(owner: Owner, query: VectorQuery): Promise<VectorHit[]> {
    checkQueryVector(query);
    checkQueryLimit(query.limit);
    const sources = await this.#sources(owner, query);
    const lists = await Promise.all(
      sources.map((source) => searchChroma(this.#options.rows, { owner, ...query }, source)),
    ).catch((error: unknown) => {
      if (error instanceof LostCollection) this.#requestSync();
      throw error;
    });
    return merged(lists).slice(0, query.limit);
  }

  /** From the rows, which keep every vector; v1's from its collection. */
  async similarities(
    owner: Owner,
    query: Omit<VectorQuery, "filter" | "limit">,
    messages: MessageSequence[],
  ): Promise<Map<MessageSequence, number>> {
    checkQueryVector(query);
    const { model, vector } = query;
    const found = new Map<MessageSequence, number>();
    for (const row of await this.#options.rows.vectors.vectorsOf(owner, model.id, messages)) {
      const cosine = cosineOf(vector, floatsOf(row.vector));
      found.set(row.message, Math.max(cosine, found.get(row.message) ?? -1));
    }
    const missing = messages.filter((message) => !found.has(message));
    const legacy = await this.#legacy.similarities(owner, query, missing);
    return new Map([...found, ...legacy]);
  }

  async collections(owner: Owner): Promise<CollectionInfo[]> {
    const [own, legacy] = await Promise.all([
      this.#options.rows.vectors.collections(owner),
      this.#legacy.info(owner).catch((error: unknown) => {
        this.#options.log.debug(legacyProblem(error));
        return [];
      }),
    ]);
    const named = own.map(({ id, dimension, vectors, messages }): CollectionInfo => {
      return { name: collectionName(dimension), modelId: id, dimension, vectors, messages };
    });
    return [...named, ...legacy];
  }

  async check(): Promise<void> {
    await this.#connection.check(CHECK_LIMIT);
  }

  /** Takes v1's vectors over where they need not be made again, and compares the collections from their beginning. */
  async beforeRebuild(
    owner: Owner,
    model: EmbeddingModelIdentity,
    { force, signal }: { force: boolean; signal: AbortSignal },
  ): Promise<void> {
    if (!force) {
      const copied = await this.#move.copy(owner, model, signal);
      if (copied > 0) this.#options.log.info(`Took ${copied} vectors over from version 1`);
    }
    await this.#sync.restart();
    this.#requestSync();
  }

  /** Where every message has a vector of the model now, v1's collection is not searched any more. */
  async afterRebuild(
    owner: Owner,
    model: EmbeddingModelIdentity,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#move.retire(owner, model, signal);
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.#sync.stop();
  }

  #requestSync(): void {
    if (this.#started) this.#sync.request();
  }

  #memoryId(): Promise<string> {
    this.#memory ??= this.#options.rows.vectors
      .noteOnce(MEMORY_NOTE, this.#options.newId())
      .catch((error: unknown) => {
        this.#memory = null;
        throw error;
      });
    return this.#memory;
  }

  /** The records of earlier, longer versions: ids of chunks that there are no more. */
  async #surplus(
    owner: Owner,
    model: EmbeddingModelIdentity,
    records: readonly ChromaRecord[],
  ): Promise<string[]> {
    const byMessage = Map.groupBy(records, ({ message }) => message);
    const memory = await this.#memoryId();
    const stored = await this.#options.rows.vectors.chunksOf(owner, model.id, [
      ...byMessage.keys(),
    ]);
    return stored.flatMap(({ message, chunk }) => {
      const now = byMessage.get(message) ?? [];
      const [first] = now;
      if (first === undefined || now.some((record) => record.chunk === chunk)) return [];
      return [recordId({ ...first, memory, chunk })];
    });
  }

  async #put(dimension: number, records: ChromaRecord[], surplus: string[]): Promise<void> {
    const memory = await this.#memoryId();
    const handle = await this.#collections.ofDimension(dimension, WRITE_LIMIT);
    for (const batch of batchesOf(records, await this.#connection.batchSize(dimension))) {
      await this.#collections.use(handle, { what: "storing vectors" }, (collection) =>
        upsertRecords(collection, memory, batch),
      );
    }
    const gone = [...surplus, ...(await this.#deletedMeanwhile(records))];
    for (const ids of batchesOf(gone, ERASED_AT_ONCE)) {
      await this.#collections.use(handle, { what: "erasing" }, (collection) =>
        collection.delete({ ids }),
      );
    }
  }

  async #deletedMeanwhile(records: readonly ChromaRecord[]): Promise<string[]> {
    const [first] = records;
    if (first === undefined) return [];
    const memory = await this.#memoryId();
    const messages = [...new Set(records.map(({ message }) => message))];
    const there = await this.#options.rows.vectors.describe(first.owner, messages);
    const still = new Set(there.map(({ message }) => message));
    return records
      .filter(({ message }) => !still.has(message))
      .map((record) => recordId({ ...record, memory }));
  }

  async #erase({ owner, conversations, ids }: Erasure): Promise<void> {
    for (const { dimension } of await this.#options.rows.vectors.vectorCounts()) {
      const handle = await this.#collections.find(collectionName(dimension), WRITE_LIMIT);
      if (handle === null) continue;
      for (const some of batchesOf(conversations, ERASED_AT_ONCE)) {
        await this.#eraseRecords(handle, { owner, conversations: some });
      }
    }
    await this.#legacy.erase(owner, ids);
  }

  /** Looked up by the conversations alone: to narrow them by the owner as well takes Chroma ten times as long. */
  async #eraseRecords(
    handle: CollectionHandle,
    { owner, conversations }: { owner: Owner; conversations: ConversationSequence[] },
  ): Promise<void> {
    const memory = await this.#memoryId();
    const where = { conversation_sequence: { $in: conversations } };
    await this.#collections.use(handle, { what: "erasing" }, async (collection) => {
      const { ids, metadatas } = await collection.get({ where, include: ["metadatas"] });
      const own = ids.filter((_, at) => {
        const of = metadatas[at];
        return of?.memory === memory && of.owner === wellFormed(owner);
      });
      for (const some of batchesOf(own, ERASED_AT_ONCE)) await collection.delete({ ids: some });
    });
  }

  /** Where a query is asked: the collection of its dimension, and v1's when the same model made that. */
  async #sources(owner: Owner, query: VectorQuery): Promise<ChromaSource[]> {
    const { model, vector } = query;
    const [handle, legacy] = await Promise.all([
      this.#collections.find(collectionName(model.dimension), SEARCH_LIMIT),
      this.#legacy.state(owner),
    ]);
    const scope = { memory: await this.#memoryId(), owner, modelId: model.id };
    const sources = handle === null ? [] : [this.#source(handle, scope, query)];
    if (legacy !== null && legacy.modelId === model.id && legacy.dimension === model.dimension) {
      sources.push(this.#legacy.source(legacy, vector));
    }
    return sources;
  }

  #source(
    handle: CollectionHandle,
    scope: RecordScope,
    { vector, filter }: VectorQuery,
  ): ChromaSource {
    const { memory, owner, modelId } = scope;
    const { space } = handle;
    const prefix = scopePrefix(scope);
    return {
      nearest: async (limit, where) => {
        const query = { vector, limit, where, space, length: 1, withMetadata: false };
        const found = await this.#collections.use(
          handle,
          { what: "searching", limit: SEARCH_LIMIT },
          (collection) => queryNearest(collection, query),
        );
        return found.map(({ id, similarity }) => ({ place: placeInScope(prefix, id), similarity }));
      },
      scope: [{ memory }, { owner: wellFormed(owner) }],
      lasting: lasting(filter),
      chunks: (messages) =>
        this.#options.rows.vectors.chunksOf(
          owner,
          modelId,
          messages.map(({ message }) => message),
        ),
    };
  }
}

/** The part of a filter that asks what never changes of a message: Chroma knows it as well as the rows. */
function lasting({ roles, since, until }: MessageFilter): Where[] {
  return [
    ...(roles === undefined || roles.length === 0
      ? []
      : [{ role: { $in: roles.map(wellFormed) } }]),
    ...(since === undefined ? [] : [{ timestamp: { $gte: since } }]),
    ...(until === undefined ? [] : [{ timestamp: { $lte: until } }]),
  ];
}

/** Each message once: what was embedded anew counts before what v1 made. */
function merged(lists: readonly VectorHit[][]): VectorHit[] {
  const hits = new Map(lists.toReversed().flatMap((list) => list.map((hit) => [hit.message, hit])));
  return [...hits.values()].sort(
    (left, right) => right.similarity - left.similarity || left.message - right.message,
  );
}
