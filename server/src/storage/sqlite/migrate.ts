import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { SekhaError } from "../../core/errors.ts";
import { APPLICATION_ID } from "./application-id.ts";
import { foreignFile } from "./foreign-file.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { SqlConnection } from "./sql-connection.ts";

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}

function backUp(database: DatabaseSync, file: string, version: number): void {
  const backup = `${file}.before-migration-${version + 1}`;
  const unfinished = `${backup}.unfinished`;
  rmSync(unfinished, { force: true });
  database.prepare("VACUUM INTO ?").run(unfinished);
  const descriptor = openSync(unfinished, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(unfinished, backup);
}

function apply(database: DatabaseSync, migration: Migration, version: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    const [broken] = database.prepare("PRAGMA foreign_key_check").all();
    if (broken !== undefined) throw new Error(`Migration ${version} left rows without parents`);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (error) {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Brings the file to the newest schema: each step in one transaction, a copy of the file
 * (`….before-migration-N`) before the first step on a file that already holds something.
 */
export function migrate(
  connection: SqlConnection,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): { from: number; to: number } {
  const { database } = connection;
  const from = pragma(database, "user_version");
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  if (pragma(database, "application_id") !== APPLICATION_ID && Number(tables?.count) > 0) {
    throw foreignFile(file);
  }
  if (from > migrations.length) {
    throw new SekhaError(
      "conflict",
      `${file} was written by a newer Sekha (schema ${from}, this version knows ${migrations.length}). Install that version or restore a backup.`,
    );
  }
  if (from > 0 && from < migrations.length) backUp(database, file, from);
  // A step that builds a table anew drops the old one, which must not cascade; each is checked.
  database.exec("PRAGMA foreign_keys = OFF");
  try {
    for (const [index, migration] of migrations.entries()) {
      if (index >= from) apply(database, migration, index + 1);
    }
  } finally {
    database.exec("PRAGMA foreign_keys = ON");
  }
  return { from, to: migrations.length };
}
