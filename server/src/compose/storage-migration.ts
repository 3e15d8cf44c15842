import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { SekhaError } from "../core/errors.ts";
import type { Logger } from "../logger.ts";
import { createFolders, dataDirectoryAt, lockDirectory } from "../storage/data-directory.ts";
import { PostgresRows } from "../storage/migrate-storage/postgres-rows.ts";
import type { RowWriter } from "../storage/migrate-storage/row-storage.ts";
import { readSqliteRows, writeSqliteRows } from "../storage/migrate-storage/sqlite-rows.ts";
import { StorageMigration } from "../storage/migrate-storage/storage-migration.ts";
import type { PostgresDatabase } from "../storage/postgres/database.ts";
import { openDatabase } from "../storage/postgres/open-database.ts";
import { ensureExtension } from "../storage/vectors/pgvector/extension.ts";
import { PgvectorTables } from "../storage/vectors/pgvector/vector-tables.ts";

export type StorageEngine = "sqlite" | "postgres";

export interface StorageMigrationOptions {
  config: Config;
  from: StorageEngine;
  log: Logger;
  /** Where PostgreSQL is; database_url when absent. */
  postgresUrl: string | undefined;
  /** SQLite's file, absolute; the data directory's when absent. */
  sqliteFile: string | undefined;
}

const APPLICATION = "sekha migration";
const CONNECTIONS = 2;
/** A batch with long texts and its index of words takes its time on a slow disk. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;

/**
 * Both engines' rows, ready to be copied; the data directory belongs to this process until it is closed.
 * @throws SekhaError `conflict` while a server runs on either; `invalid_request` when one is not named.
 */
export async function openStorageMigration(
  options: StorageMigrationOptions,
): Promise<StorageMigration> {
  const directory = directoryOf(options);
  createFolders(directory);
  const lock = lockDirectory(directory.root);
  try {
    const file = options.sqliteFile ?? directory.database;
    const postgres = await openPostgres(options);
    const migration = pair(options, { file, postgres });
    return releasing(migration, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function directoryOf({ config }: StorageMigrationOptions) {
  const { databaseUrl, dataDirectory } = config;
  const isSqlite = databaseUrl !== undefined && /^sqlite:/i.test(databaseUrl);
  return dataDirectoryAt(resolve(dataDirectory), isSqlite ? databaseUrl : undefined);
}

function pair(
  { from }: StorageMigrationOptions,
  { file, postgres }: { file: string; postgres: RowWriter },
): StorageMigration {
  if (from === "postgres") return new StorageMigration(postgres, writeSqliteRows(file));
  if (existsSync(file)) return new StorageMigration(readSqliteRows(file), postgres);
  throw new SekhaError(
    "invalid_request",
    `There is no memory in ${file}: name its file with --sqlite, or its directory with --data-dir.`,
  );
}

function releasing(migration: StorageMigration, release: () => void): StorageMigration {
  const close = migration.close.bind(migration);
  migration.close = async () => {
    await close();
    release();
  };
  return migration;
}

async function openPostgres(options: StorageMigrationOptions): Promise<RowWriter> {
  const url = options.postgresUrl ?? options.config.databaseUrl ?? "";
  if (!/^postgres(ql)?:\/\//i.test(url)) {
    throw new SekhaError(
      "invalid_request",
      "PostgreSQL is not named: set DATABASE_URL=postgresql://USER:PASSWORD@HOST/DATABASE, or give --postgres.",
    );
  }
  const database = await openDatabase({
    url,
    maxConnections: CONNECTIONS,
    log: options.log,
    applicationName: APPLICATION,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  try {
    await refuseWhileServed(database);
    return new PostgresRows({
      database,
      name: nameOf(url),
      tables: await tablesOf(options, database),
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Where Chroma is configured, vectors stand in their rows and Chroma takes them from there. */
async function tablesOf(
  { config, log, from }: StorageMigrationOptions,
  database: PostgresDatabase,
): Promise<PgvectorTables | null> {
  if (config.chromaUrl !== undefined && from === "sqlite") return null;
  try {
    return new PgvectorTables(database, await ensureExtension(database));
  } catch (error) {
    if (!(error instanceof SekhaError)) throw error;
    log.warn(`Vectors stay in their rows for now. ${error.message}`);
    return null;
  }
}

async function refuseWhileServed(database: PostgresDatabase): Promise<void> {
  const { rows } = await database.pool.query(
    `SELECT count(*) AS others FROM pg_stat_activity WHERE datname = current_database()
     AND application_name LIKE 'sekha%' AND application_name <> $1`,
    [APPLICATION],
  );
  if (Number(rows[0]?.others) === 0) return;
  throw new SekhaError(
    "conflict",
    "A Sekha server works on this PostgreSQL database: stop every one, then run the command again. Nothing was changed.",
  );
}

/** Host and database; never the password. */
function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `postgresql://${hostname}${port === "" ? "" : `:${port}`}${pathname}`;
}
