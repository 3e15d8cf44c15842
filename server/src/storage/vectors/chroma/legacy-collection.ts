import type { Where } from "chromadb";
import type { Owner } from "../../../core/conversations/conversation.ts";
import { errorMessage } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { MessageSequence } from "../../../core/ports/message-index.ts";
import type { CollectionInfo } from "../../../core/ports/vector-store.ts";
import { lengthOf } from "../embedded/quantise.ts";
import type { VectorRowSource } from "../vector-row-source.ts";
import type { ChromaCollections, CollectionHandle } from "./chroma-collections.ts";
import { SEARCH_LIMIT, WRITE_LIMIT } from "./chroma-connection.ts";
import { cosineOf, messageIdOf, queryNearest } from "./chroma-query.ts";
import { batchesOf } from "./chroma-records.ts";
import type { ChromaSource, RawHit } from "./chroma-search.ts";

/** Where v1 kept its vectors. */
export const LEGACY_COLLECTION = "conversations";
/** Names the collection whose vectors were moved: it is not searched any more, and stays as it was. */
const MOVED_NOTE = "chroma.legacy.moved";

interface LegacyCollectionOptions {
  collections: ChromaCollections;
  rows: VectorRowSource;
  /** Whose v1's memory is: v1 had no owners. */
  owner: Owner;
  /** v1's vectors name no model: the one that made those of a dimension, null when none is configured. */
  modelOf: (dimension: number) => string | null;
  /** Milliseconds. */
  clock: () => number;
  log: Log;
}

export interface LegacyState {
  handle: CollectionHandle;
  modelId: string;
  dimension: number;
  vectors: number;
  /** Usual length of its vectors. */
  length: number;
}

/** A vector of v1 with the message it belongs to. */
export interface LegacyVector {
  messageId: string;
  vector: Float32Array;
}

const FRESH_MS = 60_000;
const SAMPLE = 32;

/** v1's collection, read only: searched beside the new ones until its vectors are moved (decisions.md 20). */
export class LegacyCollection {
  readonly #options: LegacyCollectionOptions;
  #looked: { state: Promise<LegacyState | null>; at: number } | null = null;
  #unknownModel = false;

  constructor(options: LegacyCollectionOptions) {
    this.#options = options;
  }

  /** Null: there is none, it is empty, it was moved, or no configured model could have made it. */
  async state(owner: Owner): Promise<LegacyState | null> {
    if (owner !== this.#options.owner) return null;
    const now = this.#options.clock();
    const known = this.#looked;
    if (known !== null && now - known.at < FRESH_MS) return await known.state;
    const state = this.#look();
    const looked = { state, at: now };
    this.#looked = looked;
    state.catch(() => {
      if (this.#looked === looked) this.#looked = known;
    });
    return await state;
  }

  /** As one of the owner's collections. */
  async info(owner: Owner): Promise<CollectionInfo[]> {
    const state = await this.state(owner);
    if (state === null) return [];
    const { modelId, dimension, vectors } = state;
    return [{ name: LEGACY_COLLECTION, modelId, dimension, vectors, messages: vectors }];
  }

  /** As a search asks it: each vector stands for a whole message. */
  source(state: LegacyState, vector: Float32Array): ChromaSource {
    return {
      nearest: (limit, where) => this.#nearest(state, { vector, limit, where }),
      ...{ scope: [], lasting: [] },
      chunks: async (messages) =>
        messages.map(({ message, length }) => ({ message, chunk: 0, start: 0, end: length })),
    };
  }

  async similarities(
    owner: Owner,
    { model, vector }: { model: EmbeddingModelIdentity; vector: Float32Array },
    messages: readonly MessageSequence[],
  ): Promise<Map<MessageSequence, number>> {
    const state = messages.length === 0 ? null : await this.state(owner);
    if (state === null || state.modelId !== model.id) return new Map();
    const described = await this.#options.rows.describe(owner, messages);
    const byId = new Map(described.map(({ messageId, message }) => [messageId, message]));
    if (byId.size === 0) return new Map();
    const found = await this.#read(state, { where: { message_id: { $in: [...byId.keys()] } } });
    return new Map(
      found.flatMap(({ messageId, vector: stored }): [number, number][] => {
        const message = byId.get(messageId);
        return message === undefined ? [] : [[message, cosineOf(vector, stored)]];
      }),
    );
  }

  /** The vectors from a place on, as they lie in the collection; none at the end. */
  async page(state: LegacyState, offset: number, limit: number): Promise<LegacyVector[]> {
    return await this.#read(state, { offset, limit });
  }

  /** From now on it is not searched; whatever it holds stays for a way back to v1. */
  async retire({ handle }: LegacyState): Promise<void> {
    await this.#options.rows.setNote(MOVED_NOTE, handle.id);
    this.#looked = null;
  }

  /** What a person deleted is deleted here too (decisions.md 34). */
  async erase(owner: Owner, conversationIds: readonly string[]): Promise<void> {
    const { collections } = this.#options;
    if (owner !== this.#options.owner || conversationIds.length === 0) return;
    const handle = await collections.find(LEGACY_COLLECTION, WRITE_LIMIT);
    if (handle === null) return;
    for (const ids of batchesOf(conversationIds, 200)) {
      const where = { conversation_id: { $in: ids } };
      await collections.use(handle, { what: "erasing" }, (collection) =>
        collection.delete({ where }),
      );
    }
  }

  async #nearest(
    { handle, length }: LegacyState,
    query: { vector: Float32Array; limit: number; where: Where[] },
  ): Promise<RawHit[]> {
    const { space } = handle;
    const found = await this.#options.collections.use(
      handle,
      { what: "searching v1's vectors", limit: SEARCH_LIMIT },
      (collection) => queryNearest(collection, { ...query, space, length, withMetadata: true }),
    );
    return found.map(({ id, metadata, similarity }) => ({
      place: { messageId: messageIdOf(id, metadata), chunk: 0 },
      similarity,
    }));
  }

  async #read(
    { handle, dimension }: LegacyState,
    wanted: { where: Where } | { offset: number; limit: number },
  ): Promise<LegacyVector[]> {
    const { ids, embeddings, metadatas } = await this.#options.collections.use(
      handle,
      { what: "reading v1's vectors" },
      (collection) => collection.get({ ...wanted, include: ["embeddings", "metadatas"] }),
    );
    return ids.map((id, at) => {
      const vector = Float32Array.from(embeddings[at] ?? []);
      return {
        messageId: messageIdOf(id, metadatas[at] ?? null),
        vector: vector.length === dimension ? vector : new Float32Array(dimension),
      };
    });
  }

  async #look(): Promise<LegacyState | null> {
    const { collections, rows } = this.#options;
    const handle = await collections.find(LEGACY_COLLECTION, SEARCH_LIMIT);
    if (handle === null || (await rows.note(MOVED_NOTE)) === handle.id) return null;
    const { vectors, sample } = await collections.use(
      handle,
      { what: "looking at v1's vectors", limit: SEARCH_LIMIT },
      async (collection) => ({
        vectors: await collection.count(),
        sample: (await collection.get({ limit: SAMPLE, include: ["embeddings"] })).embeddings,
      }),
    );
    const lengths = sample.map((vector) => lengthOf(Float32Array.from(vector))).filter(Boolean);
    const dimension = sample[0]?.length ?? 0;
    if (lengths.length === 0 || dimension === 0) return null;
    const modelId = this.#options.modelOf(dimension);
    if (modelId === null) this.#sayUnknown(vectors, dimension);
    if (modelId === null) return null;
    const length = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
    return { handle, modelId, dimension, vectors, length };
  }

  #sayUnknown(vectors: number, dimension: number): void {
    if (this.#unknownModel) return;
    this.#unknownModel = true;
    this.#options.log.warn(
      `ChromaDB holds ${vectors} vectors of version 1 in "${LEGACY_COLLECTION}", and no embedding model with ${dimension} dimensions is configured that could search them. Configure the one that made them, or rebuild: POST /api/v1/rebuild-embeddings`,
    );
  }
}

/** For a log line where the collection cannot be asked and nobody waits for it. */
export function legacyProblem(error: unknown): string {
  return `The vectors of version 1 cannot be asked: ${errorMessage(error)}`;
}
