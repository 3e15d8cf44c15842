import { rm } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorMessage } from "../../../core/errors.ts";
import type { BlockPool } from "./block-pool.ts";
import { Partition } from "./partition.ts";
import { quantiseRow, vectorOfBlob } from "./quantise.ts";
import { readSidecar, sidecarPath } from "./sidecar.ts";
import { SidecarDamage } from "./sidecar-format.ts";
import type { Space, StoredVector, VectorRows } from "./vector-rows.ts";

export type VectorLog = (level: "info" | "warn", message: string) => void;

export interface LoaderParts {
  rows: VectorRows;
  pool: BlockPool;
  directory: string;
  log: VectorLog;
}

export interface LoadedPartition {
  partition: Partition;
  /** Rows that came from the vector file; 0 when there was none to rely on. */
  saved: number;
}

/** Rows compared with the database after loading: a restored backup reuses sequences. */
const COMPARED_ROWS = 64;

/** Brings partitions into memory and up to date with the rows, in pages, so that others can run. */
export class PartitionLoader {
  readonly #parts: LoaderParts;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
  }

  pathOf(space: Space): string {
    return sidecarPath(this.#parts.directory, space.owner, space.model.id);
  }

  /** From the vector file when that can be trusted, else from the rows. */
  async load(space: Space): Promise<LoadedPartition> {
    const path = this.pathOf(space);
    const partition = this.#empty(space);
    try {
      const failure = await this.#restore(partition, path);
      const saved = failure === null ? partition.rows : 0;
      if (failure !== null) {
        partition.clear();
        await rm(path, { force: true });
      }
      const pulled = await this.pull(partition);
      this.#report({ path, failure, pulled });
      return { partition, saved };
    } catch (error) {
      partition.clear();
      throw error;
    }
  }

  /** Takes in every row that is newer than the newest known one. */
  async pull(partition: Partition): Promise<number> {
    let pulled = 0;
    for (;;) {
      const page = this.#parts.rows.pageAfter(partition, partition.lastSequence);
      if (page.length === 0) {
        return pulled;
      }
      pulled += page.length;
      this.#take(partition, page);
      await nextTurn();
    }
  }

  /** Erases every row that the database no longer has. */
  async reconcile(partition: Partition): Promise<void> {
    const last = partition.lastSequence;
    const present = new Set<number>();
    let after = 0;
    for (;;) {
      const page = this.#parts.rows.sequencesAfter(partition, after);
      const newest = page.at(-1);
      if (newest === undefined) {
        break;
      }
      for (const sequence of page) {
        present.add(sequence);
      }
      after = newest;
      await nextTurn();
    }
    const gone: number[] = [];
    for (const [row, sequence] of partition.columns.sequence
      .subarray(0, partition.rows)
      .entries()) {
      if (sequence !== 0 && sequence <= last && !present.has(sequence)) {
        gone.push(row);
      }
    }
    partition.erase(gone);
  }

  #empty(space: Space): Partition {
    return new Partition(this.#parts.pool, space.owner, space.model);
  }

  /** Null when the partition was read from its file; else why it was not. */
  async #restore(partition: Partition, path: string): Promise<Error | null> {
    try {
      await readSidecar(partition, path);
    } catch (error) {
      // Whatever is wrong with the file, the rows have everything; `load` reports the reason.
      return error instanceof Error ? error : new Error(errorMessage(error));
    }
    return this.#difference(partition);
  }

  #report(loaded: { path: string; failure: Error | null; pulled: number }): void {
    const { path, failure, pulled } = loaded;
    if (failure === null) {
      return;
    }
    if (!isMissing(failure)) {
      const reason = failure.message;
      this.#parts.log(
        "warn",
        `vector file ${path} is damaged (${reason}): rebuilt from ${pulled} rows`,
      );
    } else if (pulled > 0) {
      this.#parts.log("info", `vector file ${path} is missing: built from ${pulled} rows`);
    }
  }

  /**
   * A page is one snapshot, so the vectors it has of a message belong together. Vectors of that
   * message from before may have been replaced: then the database says which are left.
   */
  #take(partition: Partition, page: readonly StoredVector[]): void {
    const firstRow = partition.rows;
    const again = new Set<number>();
    let unusable = 0;
    for (const stored of page) {
      for (const row of partition.rowsOf(stored.message)) {
        if (row < firstRow) {
          again.add(stored.message);
        }
      }
      unusable += partition.append(stored) ? 0 : 1;
    }
    for (const message of again) {
      const left = new Set(this.#parts.rows.sequencesOfMessage(partition, message));
      const rows = [...partition.rowsOf(message)];
      partition.erase(rows.filter((row) => !left.has(partition.columns.sequence[row] ?? 0)));
    }
    if (unusable > 0) {
      this.#parts.log(
        "warn",
        `${unusable} stored vectors of ${partition.model.id} have no direction or not ` +
          `${partition.model.dimension} components and cannot be found: rebuild the embeddings`,
      );
    }
  }

  /** What shows that the file and the database are not of the same history; null when nothing. */
  #difference(partition: Partition): SidecarDamage | null {
    const { rows } = this.#parts;
    const count = rows.count(partition, partition.lastSequence);
    if (count !== partition.live) {
      return new SidecarDamage(`it has ${partition.live} vectors where the database has ${count}`);
    }
    const sample = sampleRows(partition);
    const stored = rows.some(partition, [...sample.keys()]);
    const equal = stored.filter((vector) => isSame(partition, sample.get(vector.sequence), vector));
    return equal.length === sample.size
      ? null
      : new SidecarDamage("its vectors are not those of the database");
  }
}

/** Live rows spread evenly, the newest among them, by sequence. */
function sampleRows(partition: Partition): Map<number, number> {
  const step = Math.max(1, Math.floor(partition.rows / COMPARED_ROWS));
  const sample = new Map<number, number>();
  for (let row = partition.rows - 1; row >= 0; row -= step) {
    const sequence = partition.columns.sequence[row] ?? 0;
    if (sequence !== 0) {
      sample.set(sequence, row);
    }
  }
  return sample;
}

function isSame(partition: Partition, row: number | undefined, stored: StoredVector): boolean {
  if (row === undefined) {
    return false;
  }
  const { columns, matrix, model } = partition;
  const components = new Int8Array(matrix.stride);
  if (stored.vector.byteLength === model.dimension * Float32Array.BYTES_PER_ELEMENT) {
    quantiseRow(vectorOfBlob(stored.vector), components);
  }
  return (
    columns.message[row] === stored.message &&
    columns.conversation[row] === stored.conversation &&
    columns.timestamp[row] === stored.timestamp &&
    matrix.components(row).every((component, index) => component === components[index])
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
