import { existsSync, renameSync, rmSync } from "node:fs";
import { hasUnspacedScript } from "../../core/search/unspaced-scripts.ts";
import { Connection } from "../sqlite/connection.ts";
import { migrate } from "../sqlite/migrate.ts";
import { ownerToken } from "../sqlite/owner-token.ts";
import {
  columnValue,
  MIGRATION_NOTE,
  type MigratedTable,
  type Row,
  type Value,
} from "./migrated-tables.ts";
import type { PageRequest, RowReader, RowWriter } from "./row-storage.ts";

const CACHE_MEGABYTES = 64;

/** A file with its last rows in a write-ahead log is read as it is; nothing is written to it. */
export function readSqliteRows(file: string): RowReader {
  const connection = new Connection(file, { readOnly: true, cacheMegabytes: CACHE_MEGABYTES });
  return new SqliteRows(connection, { file, isUnfinished: false });
}

/**
 * Builds `FILE.migrating`, which gets its name only when it is complete: nobody starts on half a memory. Goes on where
 * an earlier run was ended.
 */
export function writeSqliteRows(file: string): RowWriter {
  const isComplete = existsSync(file);
  const place = isComplete ? file : unfinishedFile(file);
  const connection = new Connection(place, { readOnly: false, cacheMegabytes: CACHE_MEGABYTES });
  connection.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  migrate(connection, place);
  return new SqliteRows(connection, { file, isUnfinished: !isComplete });
}

export function unfinishedFile(file: string): string {
  return `${file}.migrating`;
}

class SqliteRows implements RowWriter {
  readonly name: string;
  readonly #connection: Connection;
  readonly #file: string;
  /** Whether the connection is to the file that has not got its name yet. */
  readonly #isUnfinished: boolean;

  constructor(connection: Connection, place: { file: string; isUnfinished: boolean }) {
    this.name = `sqlite:${place.file}`;
    this.#connection = connection;
    this.#file = place.file;
    this.#isUnfinished = place.isUnfinished;
  }

  async count(table: MigratedTable): Promise<number> {
    const [row] = this.#connection.rows<{ count: number }>(
      `SELECT count(*) AS count FROM ${table.name} WHERE ${table.only ?? "1"}`,
    );
    return row?.count ?? 0;
  }

  async page(table: MigratedTable, { order, after, limit }: PageRequest): Promise<Row[]> {
    const columns = Object.entries(table.columns).map(([name, kind]) =>
      kind === "big" ? `CAST(${name} AS TEXT)` : name,
    );
    const places = order.map(() => "?").join(", ");
    const behind = after === null ? "1" : `(${order.join(", ")}) > (${places})`;
    return this.#connection.tuples<Value[]>(
      `SELECT ${columns.join(", ")} FROM ${table.name} WHERE ${table.only ?? "1"} AND ${behind}
       ORDER BY ${order.join(", ")} LIMIT ?`,
      [...(after === null ? [] : order.map((column) => columnValue(table, after, column))), limit],
    );
  }

  async note(): Promise<string | null> {
    const [row] = this.#connection.rows<{ value: string }>(
      "SELECT value FROM settings WHERE owner = '' AND key = ?",
      [MIGRATION_NOTE],
    );
    return row?.value ?? null;
  }

  async write(table: MigratedTable, rows: readonly Row[], note: string): Promise<void> {
    const columns = Object.keys(table.columns);
    const insert = `INSERT INTO ${table.name} (${columns.join(", ")})
      VALUES (${columns.map(() => "?").join(", ")})`;
    this.#transaction(() => {
      for (const row of rows) {
        this.#connection.execute(insert, row);
        if (table.name === "messages") this.#index(table, row);
      }
      this.#note(note);
    });
  }

  async finish(note: string): Promise<void> {
    this.#transaction(() => this.#note(note));
    const { database } = this.#connection;
    database.exec("PRAGMA optimize");
    if (!this.#isUnfinished) return;
    // Out of the log, so that the file alone is everything.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    this.#connection.close();
    renameSync(unfinishedFile(this.#file), this.#file);
  }

  async close(): Promise<void> {
    if (!this.#connection.database.isOpen) return;
    const isUntouched = this.#isUnfinished && (await this.note()) === null;
    this.#connection.close();
    if (isUntouched) rmSync(unfinishedFile(this.#file), { force: true });
  }

  /** Both full-text indexes, as write-messages.ts fills them. */
  #index(table: MigratedTable, row: Row): void {
    const [seq, owner, name] = ["seq", "owner", "name"].map((column) =>
      columnValue(table, row, column),
    );
    const content = String(columnValue(table, row, "content"));
    this.#connection.execute(
      "INSERT INTO messages_fts (rowid, owner, name, content) VALUES (?, ?, ?, ?)",
      [seq, ownerToken(String(owner)), name, content],
    );
    if (!hasUnspacedScript(content)) return;
    this.#connection.execute("UPDATE messages SET unspaced = 1 WHERE seq = ?", [seq]);
    this.#connection.execute("INSERT INTO messages_trigram (rowid, content) VALUES (?, ?)", [
      seq,
      content,
    ]);
  }

  #note(note: string): void {
    this.#connection.execute(
      `INSERT INTO settings (owner, key, value) VALUES ('', ?, ?)
       ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value`,
      [MIGRATION_NOTE, note],
    );
  }

  #transaction(work: () => void): void {
    const { database } = this.#connection;
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}
