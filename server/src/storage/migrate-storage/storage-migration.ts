import { SekhaError } from "../../core/errors.ts";
import { columnValue, MIGRATED_TABLES, type MigratedTable, type Row } from "./migrated-tables.ts";
import type { RowReader, RowWriter } from "./row-storage.ts";
import { type Verification, verifyRows } from "./verify-rows.ts";

/** What the target remembers of a migration. */
interface Note {
  from: string;
  state: "copying" | "done";
  /** The last rows written went into this table. */
  table: string;
  /** Key of the last row written. */
  after: (string | number)[];
}

export interface TableCount {
  table: string;
  rows: number;
}

export interface MigrationPlan {
  from: string;
  to: string;
  tables: TableCount[];
  rows: number;
  /** Rows that an earlier run has written. */
  written: number;
  state: "new" | "unfinished" | "done";
}

/** `done` and `total` in rows. */
export type MigrationProgress = (
  phase: "copying" | "verifying",
  done: number,
  total: number,
) => void;

export interface MigrationRun {
  signal: AbortSignal;
  onProgress: MigrationProgress;
}

export interface MigrationReport extends MigrationPlan {
  /** Rows written by this run. */
  copied: number;
  verified: Verification;
}

/** Rows a transaction. */
const BATCH = 1000;

/**
 * Copies all rows of one engine into another that is empty, a batch and its place in one transaction, so that a run that
 * was killed goes on where it was. The source is only read.
 */
export class StorageMigration {
  readonly #source: RowReader;
  readonly #target: RowWriter;
  readonly #batch: number;

  constructor(source: RowReader, target: RowWriter, options: { batch?: number } = {}) {
    this.#source = source;
    this.#target = target;
    this.#batch = options.batch ?? BATCH;
  }

  /** @throws SekhaError `conflict` when the target holds something that is not from this migration. */
  async plan(): Promise<MigrationPlan> {
    const tables = await counts(this.#source);
    const note = await this.#note();
    const written = await counts(this.#target);
    if (note === null) refuseFilled(this.#target.name, written);
    return {
      from: this.#source.name,
      to: this.#target.name,
      tables,
      rows: sum(tables),
      written: sum(written),
      state: note === null ? "new" : note.state === "done" ? "done" : "unfinished",
    };
  }

  /**
   * Copies, goes on, and compares every row at the end.
   * @throws SekhaError `conflict` when the two differ at the end; the target is then not to be used.
   */
  async migrate({ signal, onProgress }: MigrationRun): Promise<MigrationReport> {
    const plan = await this.plan();
    let copied = 0;
    if (plan.state !== "done") {
      const note = await this.#note();
      for (const [table, after] of remaining(note)) {
        for await (const count of this.#copy(table, after, signal)) {
          copied += count;
          onProgress("copying", plan.written + copied, plan.rows);
        }
      }
    }
    const verified = await this.verify({ signal, onProgress });
    if (verified.differing > 0) throw differs(this.#target.name, verified);
    if (plan.state !== "done") await this.#target.finish(this.#noteText(null));
    return { ...plan, copied, verified };
  }

  /** Compares every row of both sides. */
  async verify({ signal, onProgress }: MigrationRun): Promise<Verification> {
    const total = sum(await counts(this.#source));
    return await verifyRows(this.#source, this.#target, {
      signal,
      onRows: (done) => onProgress("verifying", done, total),
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#source.close(), this.#target.close()]);
  }

  async *#copy(
    table: MigratedTable,
    from: Row | null,
    signal: AbortSignal,
  ): AsyncGenerator<number, void> {
    for (let after = from; ; ) {
      signal.throwIfAborted();
      const rows = await this.#source.page(table, { order: table.key, after, limit: this.#batch });
      const last = rows.at(-1);
      if (last === undefined) return;
      await this.#target.write(table, rows, this.#noteText({ table, last }));
      yield rows.length;
      after = last;
    }
  }

  async #note(): Promise<Note | null> {
    const text = await this.#target.note();
    if (text === null) return null;
    const note = JSON.parse(text) as Note;
    if (note.from === this.#source.name) return note;
    throw new SekhaError(
      "conflict",
      `${this.#target.name} has rows of another migration, from ${note.from}. Go on with that one, or take an empty target.`,
    );
  }

  #noteText(place: { table: MigratedTable; last: Row } | null): string {
    const note: Note = {
      from: this.#source.name,
      state: place === null ? "done" : "copying",
      table: place?.table.name ?? "",
      after:
        place === null
          ? []
          : place.table.key.map((column) => columnValue(place.table, place.last, column) as string),
    };
    return JSON.stringify(note);
  }
}

/** The tables that are not complete, each with the row behind which it goes on. */
function remaining(note: Note | null): [MigratedTable, Row | null][] {
  if (note === null) return MIGRATED_TABLES.map((table) => [table, null]);
  const at = MIGRATED_TABLES.findIndex(({ name }) => name === note.table);
  return MIGRATED_TABLES.slice(Math.max(0, at)).map((table, offset) => [
    table,
    offset === 0 ? rowWithKey(table, note.after) : null,
  ]);
}

/** Only the key counts for where to go on. */
function rowWithKey(table: MigratedTable, key: readonly (string | number)[]): Row {
  return Object.keys(table.columns).map((column) => key[table.key.indexOf(column)] ?? null);
}

async function counts(rows: RowReader): Promise<TableCount[]> {
  const found: TableCount[] = [];
  for (const table of MIGRATED_TABLES) {
    found.push({ table: table.name, rows: await rows.count(table) });
  }
  return found;
}

function sum(tables: readonly TableCount[]): number {
  return tables.reduce((total, { rows }) => total + rows, 0);
}

function refuseFilled(name: string, tables: readonly TableCount[]): void {
  const filled = tables.filter(({ rows }) => rows > 0);
  if (filled.length === 0) return;
  const what = filled.map(({ table, rows }) => `${rows} in ${table}`).join(", ");
  throw new SekhaError(
    "conflict",
    `${name} is not empty (${what}): a memory is moved only into an empty one. Take another, or empty it first; nothing was changed.`,
  );
}

function differs(name: string, { differing, differences }: Verification): SekhaError {
  return new SekhaError(
    "conflict",
    `${name} differs from its source in ${differing} places (${differences.slice(0, 3).join("; ")}): something wrote to the source meanwhile. Empty the target and begin again while nothing runs.`,
  );
}
