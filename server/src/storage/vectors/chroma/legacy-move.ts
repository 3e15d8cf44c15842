import type { Owner } from "../../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { EmbeddingQueue } from "../../../core/ports/embedding-queue.ts";
import type { VectorEntry, VectorStore } from "../../../core/ports/vector-store.ts";
import { lengthOf } from "../embedded/quantise.ts";
import type { LocatedMessage, VectorRowSource } from "../vector-row-source.ts";
import type { LegacyCollection, LegacyState, LegacyVector } from "./legacy-collection.ts";

interface LegacyMoveOptions {
  legacy: LegacyCollection;
  rows: VectorRowSource;
  vectors: Pick<VectorStore, "add">;
  queue: Pick<EmbeddingQueue, "complete">;
}

/** How far a copy came, so that it goes on there after a restart. */
interface Progress {
  collection: string;
  offset: number;
}

const PROGRESS_NOTE = "chroma.legacy.progress";
const PAGE = 250;

/** Takes over v1's vectors when a person asks for a rebuild; v1's collection itself stays as it was. */
export class LegacyMove {
  readonly #options: LegacyMoveOptions;

  constructor(options: LegacyMoveOptions) {
    this.#options = options;
  }

  /**
   * Copies the vectors of v1 for messages that have none of this model, when it is the model that made them: nothing is
   * embedded again. Other models copy nothing. Resolves with how many were copied.
   */
  async copy(owner: Owner, model: EmbeddingModelIdentity, signal: AbortSignal): Promise<number> {
    const { legacy, rows } = this.#options;
    const state = await legacy.state(owner);
    if (state === null || state.modelId !== model.id) return 0;
    let copied = 0;
    let offset = await this.#offset(state);
    for (;;) {
      signal.throwIfAborted();
      const page = await legacy.page(state, offset, PAGE);
      if (page.length === 0) break;
      copied += await this.#copyPage(owner, model, page);
      offset += page.length;
      const progress: Progress = { collection: state.handle.id, offset };
      await rows.setNote(PROGRESS_NOTE, JSON.stringify(progress));
    }
    await legacy.retire(state);
    return copied;
  }

  /** After a rebuild with another model: searched no more as soon as that one has vectors of every message. */
  async retire(owner: Owner, model: EmbeddingModelIdentity, signal: AbortSignal): Promise<boolean> {
    const { legacy } = this.#options;
    const state = await legacy.state(owner);
    if (state === null) return true;
    for (let offset = 0; ; offset += PAGE) {
      signal.throwIfAborted();
      const page = await legacy.page(state, offset, PAGE);
      if (page.length === 0) break;
      if ((await this.#without(owner, model, page)).length > 0) return false;
    }
    await legacy.retire(state);
    return true;
  }

  async #offset({ handle }: LegacyState): Promise<number> {
    const note = await this.#options.rows.note(PROGRESS_NOTE);
    const progress = note === null ? null : (JSON.parse(note) as Progress);
    return progress?.collection === handle.id ? progress.offset : 0;
  }

  async #copyPage(
    owner: Owner,
    model: EmbeddingModelIdentity,
    page: readonly LegacyVector[],
  ): Promise<number> {
    const { vectors, queue } = this.#options;
    const byId = new Map(page.map(({ messageId, vector }) => [messageId, vector]));
    const entries = (await this.#without(owner, model, page)).flatMap((row): VectorEntry[] => {
      const vector = unitVector(byId.get(row.id));
      const { message, conversation, length } = row;
      if (vector === null || vector.length !== model.dimension) return [];
      return [{ message, conversation, chunk: 0, start: 0, end: length, vector }];
    });
    if (entries.length === 0) return 0;
    await vectors.add(owner, model, entries);
    await queue.complete(
      model,
      entries.map((entry) => ({ owner, message: entry.message, vectors: [entry] })),
    );
    return entries.length;
  }

  /** The messages of a page that are in the rows and have no vectors of the model there. */
  async #without(
    owner: Owner,
    model: EmbeddingModelIdentity,
    page: readonly LegacyVector[],
  ): Promise<LocatedMessage[]> {
    const { rows } = this.#options;
    const located = await rows.locate(
      owner,
      page.map(({ messageId }) => messageId),
    );
    const messages = located.map(({ message }) => message);
    const stored = await rows.vectorsOf(owner, model.id, messages);
    const done = new Set(stored.map(({ message }) => message));
    return located.filter(({ message }) => !done.has(message));
  }
}

/** Of length 1, as all vectors in the rows; null without a direction. */
function unitVector(vector: Float32Array | undefined): Float32Array | null {
  const length = vector === undefined ? 0 : lengthOf(vector);
  if (vector === undefined || !Number.isFinite(length) || length === 0) return null;
  return vector.map((component) => component / length);
}
