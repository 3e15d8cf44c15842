import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Owner } from "../../core/conversations/conversation.ts";
import { isSekhaError, SekhaError } from "../../core/errors.ts";
import { Connection } from "../sqlite/connection.ts";
import { refuseForeignFile } from "../sqlite/foreign-file.ts";
import { migrate } from "../sqlite/migrate.ts";
import { storageError } from "../sqlite/storage-error.ts";
import { buildFromV1, type V1BuildOutcome } from "./builder.ts";
import { V1_SOURCE_KEY, type V1Note } from "./file-kind.ts";
import { otherId } from "./mapping.ts";
import type { V1Progress } from "./pace.ts";
import { readRows } from "./rows.ts";
import { openV1, type V1Counts, type V1Source } from "./source.ts";
import { readId } from "./values.ts";
import { type RowNumbers, type V1Verification, verifyV1 } from "./verification.ts";

export interface V1MigrationOptions {
  /** The old file: only read. */
  v1: string;
  /** Version 2's file. */
  file: string;
  /** A folder for a copy of an old file that has a log beside it. */
  temporary: string;
  owner: Owner;
  legacyVectors: boolean;
  /** Milliseconds since the epoch. */
  clock: () => number;
  newId: () => string;
  signal: AbortSignal;
  onProgress: V1Progress;
}

export interface V1Inspection {
  counts: V1Counts;
  /** Tables with rows that version 1 never had. */
  foreignTables: string[];
}

export interface V1VerifiedInspection extends V1Inspection {
  verified: V1Verification;
}

export interface V1MigrationReport extends V1VerifiedInspection {
  written: V1BuildOutcome;
}

const CACHE_MEGABYTES = 64;
/** The file in the making is thrown away when anything fails, so nothing need be undone in it. */
const MAKING_PRAGMAS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF";
const MERGE_PRAGMAS =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON";
const SHOWN = 5;
const NO_ROWS: RowNumbers = { conversations: 0, messages: 0 };

/** Whether rows stand there already. */
export function holdsRows(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Rows of version 1 that version 2's file does not have. */
export interface V1Missing {
  conversations: number;
  messages: number;
}

/**
 * What is in an old file, and how much of it version 2's file does not have.
 * @throws SekhaError as openV1 does, `conflict` when `file` is not version 2's.
 */
export function inspectV1(options: {
  v1: string;
  file: string;
  temporary: string;
  owner: Owner;
}): V1Inspection & { missing: V1Missing } {
  const { v1, file, temporary, owner } = options;
  const source = openV1(v1, temporary);
  try {
    const { conversations, messages } = source.counts;
    const missing = holdsRows(file)
      ? missingFrom(file, { source, owner })
      : { conversations, messages };
    return { ...inspectionOf(source), missing };
  } finally {
    source.close();
  }
}

/**
 * How many rows version 1 has now, as people do who go back to it for a while; null when its files were not written
 * since `migratedAt`, milliseconds since the epoch.
 * @throws SekhaError as openV1 does.
 */
export function countsSince(options: {
  v1: string;
  temporary: string;
  migratedAt: number;
}): V1Counts | null {
  const { v1, temporary, migratedAt } = options;
  const written = [v1, `${v1}-wal`].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  if (Math.max(...written) <= migratedAt) return null;
  const source = openV1(v1, temporary);
  source.close();
  return source.counts;
}

function missingFrom(
  file: string,
  { source, owner }: { source: V1Source; owner: Owner },
): V1Missing {
  refuseForeignFile(file);
  const connection = new Connection(file, { readOnly: true, cacheMegabytes: CACHE_MEGABYTES });
  const isThere = (table: "conversations" | "messages", id: string) =>
    connection.rows(`SELECT 1 FROM ${table} WHERE owner = ? AND id = ?`, [owner, id]).length > 0;
  try {
    const missing = { conversations: 0, messages: 0 };
    for (const { id } of readRows(source.database, source.tables, "conversations")) {
      if (!isThere("conversations", readId(id).id)) missing.conversations += 1;
    }
    for (const row of readRows(source.database, source.tables, "messages")) {
      const { id } = readId(row.id);
      if (!isThere("messages", id) && !isThere("messages", otherId(row, id))) missing.messages += 1;
    }
    return missing;
  } finally {
    connection.close();
  }
}

/**
 * Builds version 2's file from version 1's and verifies it before it gets its name: whoever is killed on the way leaves
 * nothing but a file that the next run replaces.
 * @throws SekhaError `conflict` when `file` holds rows already or the old one is still written, `invalid_request` as
 * openV1 does, `storage_full`, `internal` when verification finds a difference.
 */
export async function migrateV1(options: V1MigrationOptions): Promise<V1MigrationReport> {
  const { file } = options;
  if (holdsRows(file)) throw new SekhaError("conflict", `${file} holds a memory already.`);
  const making = `${file}.migrating`;
  removeDatabase(making);
  try {
    const report = await withSource(options, (source) => build(options, { source, making }));
    // A log without its database would be played into the new one.
    removeDatabase(file);
    moveInPlace(making, file);
    return report;
  } catch (error) {
    removeDatabase(making);
    throw failure(error, file);
  }
}

/**
 * Adds what version 2's file does not have, in one transaction, and verifies it before it is committed.
 * Conversations that are there already keep what they have; what version 1 wrote to them since comes at their end.
 * @throws SekhaError as {@link migrateV1} does.
 */
export async function mergeV1(options: V1MigrationOptions): Promise<V1MigrationReport> {
  const { file } = options;
  try {
    refuseForeignFile(file);
    return await withSource(options, (source) => merge(options, source));
  } catch (error) {
    throw failure(error, file);
  }
}

/**
 * Compares an old file with version 2's, which may be in use.
 * @throws SekhaError `invalid_request` when one of them is missing or not what it should be.
 */
export async function verifyMigrated(
  options: Omit<V1MigrationOptions, "legacyVectors" | "newId">,
): Promise<V1VerifiedInspection> {
  const { file, owner, clock, signal, onProgress } = options;
  if (!holdsRows(file)) {
    throw new SekhaError("invalid_request", `There is no ${file} yet. Run \`sekha migrate data\`.`);
  }
  refuseForeignFile(file);
  return withSource(options, async (source) => {
    const connection = new Connection(file, { readOnly: true, cacheMegabytes: CACHE_MEGABYTES });
    try {
      const task = { source, connection, owner, after: NO_ROWS };
      const verified = await verifyV1({ ...task, clock, signal, onProgress });
      return { ...inspectionOf(source), verified };
    } finally {
      connection.close();
    }
  });
}

async function withSource<T>(
  { v1, temporary }: { v1: string; temporary: string },
  work: (source: V1Source) => Promise<T>,
): Promise<T> {
  const source = openV1(v1, temporary);
  try {
    const result = await work(source);
    source.requireUnchanged();
    return result;
  } finally {
    source.close();
  }
}

async function build(
  options: V1MigrationOptions,
  { source, making }: { source: V1Source; making: string },
): Promise<V1MigrationReport> {
  const connection = new Connection(making, { readOnly: false, cacheMegabytes: CACHE_MEGABYTES });
  try {
    connection.database.exec(MAKING_PRAGMAS);
    migrate(connection, making);
    connection.database.exec("BEGIN");
    const written = await write(options, { source, connection });
    connection.database.exec("COMMIT");
    const verified = await check(options, { source, connection, after: NO_ROWS });
    return { ...{ written, verified }, ...inspectionOf(source) };
  } finally {
    connection.close();
  }
}

async function merge(options: V1MigrationOptions, source: V1Source): Promise<V1MigrationReport> {
  const connection = new Connection(options.file, {
    readOnly: false,
    cacheMegabytes: CACHE_MEGABYTES,
  });
  const { database } = connection;
  try {
    migrate(connection, options.file);
    database.exec(MERGE_PRAGMAS);
    database.exec("BEGIN IMMEDIATE");
    const after = lastRows(connection);
    const written = await write(options, { source, connection });
    const verified = await check(options, { source, connection, after });
    source.requireUnchanged();
    database.exec("COMMIT");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return { ...{ written, verified }, ...inspectionOf(source) };
  } finally {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    connection.close();
  }
}

function lastRows(connection: Connection): RowNumbers {
  const [last] = connection.rows<RowNumbers>(
    `SELECT (SELECT coalesce(max(seq), 0) FROM conversations) AS conversations,
       (SELECT coalesce(max(seq), 0) FROM messages) AS messages`,
  );
  return last ?? NO_ROWS;
}

function inspectionOf({ counts, tables }: V1Source): V1Inspection {
  return { counts, foreignTables: tables.foreign };
}

async function write(
  options: V1MigrationOptions,
  { source, connection }: { source: V1Source; connection: Connection },
): Promise<V1BuildOutcome> {
  const written = await buildFromV1({ ...options, source, connection });
  const { conversations, messages } = source.counts;
  const note: V1Note = { file: options.v1, conversations, messages, migrated_at: options.clock() };
  connection.execute(
    `INSERT INTO settings (owner, key, value) VALUES ('', ?, ?)
     ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value`,
    [V1_SOURCE_KEY, JSON.stringify(note)],
  );
  return written;
}

async function check(
  { owner, clock, signal, onProgress }: V1MigrationOptions,
  parts: { source: V1Source; connection: Connection; after: RowNumbers },
): Promise<V1Verification> {
  const verified = await verifyV1({ ...parts, owner, clock, signal, onProgress });
  if (verified.differing === 0) return verified;
  const shown = verified.differences
    .slice(0, SHOWN)
    .map(({ kind, id, field }) => `${kind} ${id}: ${field}`);
  throw new SekhaError(
    "internal",
    `Verification found ${verified.differing} differences (${shown.join(", ")}). Nothing was changed, the old file serves as before. Please report this.`,
  );
}

function moveInPlace(making: string, file: string): void {
  sync(making);
  renameSync(making, file);
  sync(dirname(file));
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
}

function failure(error: unknown, file: string): unknown {
  if (isSekhaError(error) || !isStorageFault(error)) return error;
  const fault = storageError(error);
  if (fault.code !== "storage_full") return fault;
  return new SekhaError(
    "storage_full",
    `The disk of ${dirname(file)} is full. Nothing was changed. Make room, about twice the size of the old file, then try again.`,
    { cause: error },
  );
}

/** SQLite's errors have `errcode`, those of the file system a `code` and a `syscall`. */
function isStorageFault(error: unknown): boolean {
  return error instanceof Error && ("errcode" in error || "syscall" in error);
}
