import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { SekhaError } from "../../core/errors.ts";
import { APPLICATION_ID, type Connection } from "./connection.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}

function refuseForeignFile(database: DatabaseSync, file: string): void {
  const applicationId = pragma(database, "application_id");
  if (applicationId === APPLICATION_ID) return;
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
  if (applicationId === 0 && Number(tables?.count) === 0) return;
  throw new SekhaError(
    "conflict",
    `${file} is not a Sekha 2 database and was left as it is. Point database_url (DATABASE_URL) or SEKHA_DATA_DIR elsewhere.`,
  );
}

function backUp(database: DatabaseSync, file: string, version: number): void {
  const backup = `${file}.before-migration-${version + 1}`;
  if (existsSync(backup)) return;
  database.prepare("VACUUM INTO ?").run(backup);
}

function apply(database: DatabaseSync, migration: Migration, version: number): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Brings the file to the newest schema: each step in one transaction, a copy of the file
 * (`….before-migration-N`) before the first step on a file that already holds something.
 */
export function migrate(
  connection: Connection,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): { from: number; to: number } {
  const { database } = connection;
  refuseForeignFile(database, file);
  const from = pragma(database, "user_version");
  if (from > migrations.length) {
    throw new SekhaError(
      "conflict",
      `${file} was written by a newer Sekha (schema ${from}, this version knows ${migrations.length}). Install that version or restore a backup.`,
    );
  }
  if (from > 0 && from < migrations.length) backUp(database, file, from);
  for (const [index, migration] of migrations.entries()) {
    if (index >= from) apply(database, migration, index + 1);
  }
  return { from, to: migrations.length };
}
