import { rm } from "node:fs/promises";
import { errorMessage } from "../../../core/errors.ts";
import type { Partition } from "./partition.ts";
import { type LoaderParts, PartitionLoader, type VectorLog } from "./partition-loader.ts";
import { writeSidecar } from "./sidecar.ts";
import type { Space, VectorRows } from "./vector-rows.ts";

interface Slot {
  partition: Partition;
  path: string;
  /** The database as it was when the partition was last brought up to date. */
  dataVersion: number;
  pulling: Promise<void> | undefined;
  writing: Promise<void> | undefined;
  /** Rows and erasures the vector file holds; rows 0 when there is no file. */
  saved: { rows: number; erasures: number };
  /** When rows were last seen to change, milliseconds. */
  changedAt: number;
  seenRows: number;
}

export interface PartitionsOptions extends LoaderParts {
  /** Monotonic, milliseconds. */
  now: () => number;
  /** Quiet time before a changed partition is written to its file, milliseconds. */
  quietMs: number;
}

/** A file is written anew after this share of new rows, or this many. */
const SHARE_OF_NEW_ROWS = 0.05;
const MANY_NEW_ROWS = 20_000;

/** All partitions in memory, kept up to date with the rows, and their files with them. */
export class Partitions {
  readonly #rows: VectorRows;
  readonly #loader: PartitionLoader;
  readonly #log: VectorLog;
  readonly #now: () => number;
  readonly #quietMs: number;
  readonly #slots = new Map<string, Promise<Slot>>();

  constructor(options: PartitionsOptions) {
    this.#rows = options.rows;
    this.#loader = new PartitionLoader(options);
    this.#log = options.log;
    this.#now = options.now;
    this.#quietMs = options.quietMs;
  }

  /** The partition with every row that was committed before the call. */
  async ready(space: Space): Promise<Partition> {
    return await this.#upToDate(await this.#slot(space));
  }

  /** The same, but undefined when it would have to be loaded. */
  async readyIfLoaded(space: Space): Promise<Partition | undefined> {
    const slot = await this.#loaded(keyOf(space));
    return slot && (await this.#upToDate(slot));
  }

  async reconcile(partition: Partition): Promise<void> {
    const slot = await this.#slot(partition);
    await this.#loader.reconcile(partition);
    await this.#dropStaleFile(slot);
  }

  /** From memory and disk, of every model, loaded or not. */
  async remove(owner: string, conversations: ReadonlySet<number>): Promise<void> {
    for (const model of this.#rows.models()) {
      const slot = await this.#loaded(keyOf({ owner, model }));
      if (slot === undefined) {
        await rm(this.#loader.pathOf({ owner, model }), { force: true });
      } else {
        slot.partition.erase(slot.partition.rowsOfConversations(conversations));
        await this.#dropStaleFile(slot);
      }
    }
  }

  /** To be called now and then: pulls, closes gaps, writes files that are due. */
  async maintain(): Promise<void> {
    for (const key of this.#slots.keys()) {
      const slot = await this.#loaded(key);
      if (slot !== undefined) {
        await this.#pull(slot);
        slot.partition.compact();
        await this.#dropStaleFile(slot);
        if (this.#isDue(slot)) {
          await this.#write(slot);
        }
      }
    }
  }

  /** Writes what is not in its file yet. */
  async close(): Promise<void> {
    for (const key of this.#slots.keys()) {
      const slot = await this.#loaded(key);
      if (slot !== undefined) {
        await slot.pulling;
        await this.#dropStaleFile(slot);
        if (slot.saved.rows !== slot.partition.rows) {
          await this.#write(slot);
        }
      }
    }
  }

  /** Undefined when nothing is loaded, or could be: whoever asked for it has the error. */
  async #loaded(key: string): Promise<Slot | undefined> {
    return await this.#slots.get(key)?.catch(() => undefined);
  }

  async #upToDate(slot: Slot): Promise<Partition> {
    // A pull under way may have passed rows that were committed since; one more cannot have.
    await slot.pulling;
    await this.#pull(slot);
    return slot.partition;
  }

  #slot(space: Space): Promise<Slot> {
    const key = keyOf(space);
    const known = this.#slots.get(key);
    if (known !== undefined) {
      return known;
    }
    const loading = this.#load(space);
    this.#slots.set(key, loading);
    // Tried again by the next request; this one's caller gets the error.
    loading.catch(() => this.#slots.delete(key));
    return loading;
  }

  async #load(space: Space): Promise<Slot> {
    const dataVersion = this.#rows.dataVersion();
    const { partition, saved } = await this.#loader.load(space);
    return {
      partition,
      path: this.#loader.pathOf(space),
      dataVersion,
      pulling: undefined,
      writing: undefined,
      saved: { rows: saved, erasures: partition.erasures },
      changedAt: this.#now(),
      seenRows: saved,
    };
  }

  #pull(slot: Slot): Promise<void> {
    slot.pulling ??= this.#pullNew(slot).finally(() => {
      slot.pulling = undefined;
    });
    return slot.pulling;
  }

  async #pullNew(slot: Slot): Promise<void> {
    const dataVersion = this.#rows.dataVersion();
    if (dataVersion !== slot.dataVersion) {
      await this.#loader.pull(slot.partition);
      slot.dataVersion = dataVersion;
    }
  }

  /** A file with erased rows in it would bring them back, and keep what was deleted. */
  async #dropStaleFile(slot: Slot): Promise<void> {
    if (slot.saved.erasures !== slot.partition.erasures) {
      slot.saved = { rows: 0, erasures: slot.partition.erasures };
      slot.changedAt = this.#now();
      await rm(slot.path, { force: true });
    }
    // It notices the erasure by itself and leaves no file; a remove must wait for that.
    await slot.writing;
  }

  #isDue(slot: Slot): boolean {
    const { partition, saved } = slot;
    if (partition.rows !== slot.seenRows) {
      slot.seenRows = partition.rows;
      slot.changedAt = this.#now();
    }
    const added = partition.rows - saved.rows;
    const isMuch = added >= Math.min(MANY_NEW_ROWS, Math.max(1, saved.rows * SHARE_OF_NEW_ROWS));
    const isQuiet = this.#now() - slot.changedAt >= this.#quietMs;
    return isMuch && (isQuiet || (saved.rows > 0 && added >= MANY_NEW_ROWS));
  }

  #write(slot: Slot): Promise<void> {
    slot.writing ??= this.#writeNow(slot).finally(() => {
      slot.writing = undefined;
    });
    return slot.writing;
  }

  async #writeNow(slot: Slot): Promise<void> {
    const { partition, path } = slot;
    const snapshot = { rows: partition.rows, erasures: partition.erasures };
    try {
      if (await writeSidecar(partition, path)) {
        slot.saved = snapshot;
      }
    } catch (error) {
      // The file only saves time: without it the rows are read at the next start.
      this.#log("warn", `vector file ${path} could not be written: ${errorMessage(error)}`);
      slot.changedAt = this.#now();
    }
  }
}

function keyOf(space: Space): string {
  return JSON.stringify([space.owner, space.model.id]);
}
