import type { Metadata } from "chromadb";
import { errorMessage } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { collectionName } from "../../../core/ports/vector-store.ts";
import type { RowVector, VectorRowSource } from "../vector-row-source.ts";
import type { ChromaCollections, CollectionHandle } from "./chroma-collections.ts";
import { type ChromaConnection, WRITE_LIMIT } from "./chroma-connection.ts";
import {
  batchesOf,
  type ChromaRecord,
  floatsOf,
  type RecordPlace,
  type RecordScope,
  recordId,
  upsertRecords,
} from "./chroma-records.ts";

interface ChromaSyncOptions {
  connection: ChromaConnection;
  collections: ChromaCollections;
  rows: VectorRowSource;
  /** The name under which this memory's records stand in Chroma. */
  memory: () => Promise<string>;
  /** What could not be erased while Chroma was out. */
  erasePending: () => Promise<void>;
  log: Log;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** How far a collection was compared with the rows. */
interface Progress {
  collection: string;
  after: number;
}

const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;
/** A page costs Chroma by its place in the collection more than by its size. */
const SWEEP_PAGE = 5000;
const ERASED_AT_ONCE = 1000;
/** Pushed, then told. */
const TELL_EVERY_MS = 10_000;

/**
 * Makes Chroma hold what the rows hold: vectors that are missing there are pushed from their blobs, without embedding
 * anything again; records whose message is gone are erased. Goes on where it was after a restart.
 */
export class ChromaSync {
  readonly #options: ChromaSyncOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #wanted = false;

  constructor(options: ChromaSyncOptions) {
    this.#options = options;
  }

  /** Begins in the background, and tries again until Chroma could be asked. */
  request(): void {
    this.#wanted = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = null;
    });
  }

  /** Compares everything once. @throws SekhaError `unavailable` */
  async once(): Promise<{ pushed: number; erased: number }> {
    const { rows, collections, erasePending } = this.#options;
    await erasePending();
    const total = { pushed: 0, erased: 0 };
    for (const { dimension, vectors } of await rows.vectorCounts()) {
      const handle = await collections.ofDimension(dimension, WRITE_LIMIT);
      total.pushed += await this.#push(handle, { dimension, vectors });
      total.erased += await this.#sweep(handle, vectors);
    }
    return total;
  }

  /** Compares everything from the beginning the next time. */
  async restart(): Promise<void> {
    const { rows } = this.#options;
    for (const { dimension } of await rows.vectorCounts()) {
      await rows.setNote(noteOf({ name: collectionName(dimension) }), "null");
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #loop(): Promise<void> {
    const { log, sleep } = this.#options;
    const { signal } = this.#stop;
    let wait = FIRST_RETRY_MS;
    while (this.#wanted && !signal.aborted) {
      this.#wanted = false;
      try {
        await this.once();
        wait = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        if (wait === FIRST_RETRY_MS) {
          log.warn(`Vectors are not compared with ChromaDB yet: ${errorMessage(error)}`);
        }
        this.#wanted = true;
        await sleep(wait, signal);
        wait = Math.min(LAST_RETRY_MS, wait * 2);
      }
    }
  }

  async #push(
    handle: CollectionHandle,
    { dimension, vectors }: { dimension: number; vectors: number },
  ): Promise<number> {
    const { connection, rows, log } = this.#options;
    const limit = await connection.batchSize(dimension);
    let after = await this.#start(handle, vectors);
    let pushed = 0;
    let toldAt = performance.now();
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const page = await rows.vectorsAfter({ dimension, after, limit });
      const last = page.at(-1);
      if (last === undefined) break;
      pushed += await this.#pushPage(handle, page);
      after = last.sequence;
      await this.#save(handle, after);
      if (performance.now() - toldAt > TELL_EVERY_MS) {
        toldAt = performance.now();
        log.info(`Pushed ${pushed} vectors to ChromaDB so far`);
      }
    }
    if (pushed > 0)
      log.info(`Pushed ${pushed} vectors from the rows to ${handle.name} in ChromaDB`);
    return pushed;
  }

  /** From the beginning for a collection that is new, or holds less than the rows. */
  async #start(handle: CollectionHandle, vectors: number): Promise<number> {
    const { rows, collections } = this.#options;
    const note = await rows.note(noteOf(handle));
    const progress = note === null ? null : (JSON.parse(note) as Progress | null);
    if (progress?.collection !== handle.id) return 0;
    const held = await collections.use(handle, { what: "counting" }, (found) => found.count());
    return held < vectors ? 0 : progress.after;
  }

  async #save(handle: CollectionHandle, after: number): Promise<void> {
    const progress: Progress = { collection: handle.id, after };
    await this.#options.rows.setNote(noteOf(handle), JSON.stringify(progress));
  }

  async #pushPage(handle: CollectionHandle, page: readonly RowVector[]): Promise<number> {
    const { collections, memory: memoryOf } = this.#options;
    const memory = await memoryOf();
    const byId = new Map(page.map((row) => [recordId({ ...row, memory }), row]));
    const held = await collections.use(handle, { what: "comparing" }, (collection) =>
      collection.get({ ids: [...byId.keys()], include: [] }),
    );
    for (const id of held.ids) byId.delete(id);
    const missing = [...byId.values()].map((row): ChromaRecord => {
      return { ...row, vector: floatsOf(row.vector) };
    });
    if (missing.length === 0) return 0;
    await collections.use(handle, { what: "pushing vectors" }, (collection) =>
      upsertRecords(collection, memory, missing),
    );
    // What was deleted in the meantime must not stay.
    await this.#eraseGone(
      handle,
      missing.map((row) => ({ ...row, memory, id: recordId({ ...row, memory }) })),
    );
    return missing.length;
  }

  /** Only where Chroma holds more than the rows: then something was deleted behind its back. */
  async #sweep(handle: CollectionHandle, vectors: number): Promise<number> {
    const { collections, memory: memoryOf } = this.#options;
    const count = () =>
      collections.use(handle, { what: "counting" }, (collection) => collection.count());
    if ((await count()) <= vectors) return 0;
    const memory = await memoryOf();
    let offset = 0;
    let erased = 0;
    for (;;) {
      this.#stop.signal.throwIfAborted();
      // Not narrowed to this memory's: that takes Chroma twice as long as all of them.
      const { ids, metadatas } = await collections.use(handle, { what: "sweeping" }, (collection) =>
        collection.get({ offset, limit: SWEEP_PAGE, include: ["metadatas"] }),
      );
      if (ids.length === 0) return erased;
      const records = ids.map((id, at) => ({ id, ...readRecord(metadatas[at] ?? {}) }));
      const gone = await this.#eraseGone(
        handle,
        records.filter((record) => record.memory === memory),
      );
      erased += gone;
      offset += ids.length - gone;
    }
  }

  /** Erases the records whose message the rows do not have, and those with an id of an earlier form. */
  async #eraseGone(handle: CollectionHandle, records: readonly StoredRecord[]): Promise<number> {
    const { rows, collections } = this.#options;
    const gone: string[] = [];
    for (const [owner, own] of Map.groupBy(records, (record) => record.owner)) {
      const located = await rows.locate(
        owner,
        own.map(({ messageId }) => messageId),
      );
      const there = new Set(located.map(({ id }) => id));
      const isGone = (record: StoredRecord) =>
        !there.has(record.messageId) || record.id !== recordId(record);
      gone.push(...own.filter(isGone).map(({ id }) => id));
    }
    for (const ids of batchesOf(gone, ERASED_AT_ONCE)) {
      await collections.use(handle, { what: "erasing" }, (collection) =>
        collection.delete({ ids }),
      );
    }
    return gone.length;
  }
}

/** A record as Chroma holds it. */
type StoredRecord = RecordScope & RecordPlace & { id: string };

function readRecord(metadata: Metadata): RecordScope & RecordPlace {
  const { memory, owner, model, message_id: messageId, chunk } = metadata;
  return {
    ...{ memory: String(memory), owner: String(owner), modelId: String(model) },
    ...{ messageId: String(messageId), chunk: Number(chunk) },
  };
}

function noteOf({ name }: Pick<CollectionHandle, "name">): string {
  // Not `chroma.synced`, which tells of records with ids of an earlier form: they are made anew.
  return `chroma.compared.${name}`;
}
