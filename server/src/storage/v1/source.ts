import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { errorMessage, SekhaError } from "../../core/errors.ts";
import { readV1Tables, type V1Table, type V1Tables } from "./tables.ts";

/** How many rows of each kind. */
export interface V1Counts {
  conversations: number;
  messages: number;
  summaries: number;
  tags: number;
  edges: number;
}

/** A memory of version 1, open for reading; closing it leaves its files as they were. */
export interface V1Source {
  file: string;
  database: DatabaseSync;
  tables: V1Tables;
  counts: V1Counts;
  /** @throws SekhaError `conflict` when somebody wrote to the file since it was opened. */
  requireUnchanged(): void;
  close(): void;
}

/** What SQLite keeps beside a file and needs for reading it. */
const LOGS = ["-wal", "-journal"] as const;

/**
 * Opens the file so that neither it nor anything beside it changes: SQLite would fold a left-over log into it. With a
 * log beside it, a copy of both in `temporary` is read, else the file itself, which SQLite is told not to lock.
 * @throws SekhaError `invalid_request` when it is missing, damaged, or not of a version 1 that this version knows.
 */
export function openV1(file: string, temporary: string): V1Source {
  if (!existsSync(file)) {
    throw new SekhaError(
      "invalid_request",
      `There is no file ${file}. Name the old memory: sekha migrate data FILE.`,
    );
  }
  if (statSync(file).isDirectory()) {
    throw new SekhaError(
      "invalid_request",
      `${file} is a folder. Name the file in it, often ${join(file, "sekha.db")}.`,
    );
  }
  const before = fingerprint(file);
  const copy = LOGS.some((log) => sizeOf(file + log) > 0) ? copyOf(file, temporary) : null;
  const cleanUp = () => copy?.remove();
  let database: DatabaseSync | null = null;
  try {
    database = copy === null ? openImmutable(file) : new DatabaseSync(copy.file);
    const tables = readV1Tables({ database, file });
    checkSound(database, tables, file);
    const opened = database;
    return {
      ...{ file, database, tables, counts: countRows(database, tables) },
      requireUnchanged: () => {
        if (fingerprint(file) !== before) throw stillWritten(file);
      },
      close: () => {
        opened.close();
        cleanUp();
      },
    };
  } catch (error) {
    database?.close();
    cleanUp();
    throw error instanceof SekhaError ? error : damaged(file, error);
  }
}

/** Opens a database file without locking it or touching what is beside it. */
export function openImmutable(file: string): DatabaseSync {
  const address = pathToFileURL(file);
  address.searchParams.set("immutable", "1");
  return new DatabaseSync(address, { readOnly: true });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Changes with every write to the file or its logs. */
function fingerprint(file: string): string {
  const parts = ["", ...LOGS].map((suffix) => {
    const facts = statSync(file + suffix, { throwIfNoEntry: false, bigint: true });
    // An empty log is as good as none.
    return facts === undefined || facts.size === 0n ? "" : `${facts.size}:${facts.mtimeNs}`;
  });
  return parts.join(" ");
}

/** A copy of the file and its logs, and how to leave nothing of it. */
function copyOf(file: string, temporary: string): { file: string; remove: () => void } {
  const made = mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(temporary, "v1-"));
  const copy = join(folder, basename(file));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    if (made !== undefined) removeEmpty(temporary, made);
  };
  try {
    for (const suffix of ["", ...LOGS]) {
      if (sizeOf(file + suffix) === 0) continue;
      copyFileSync(file + suffix, copy + suffix, constants.COPYFILE_FICLONE);
    }
    return { file: copy, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** From the innermost folder outwards, as long as nothing else was put there. */
function removeEmpty(inner: string, outer: string): void {
  for (let folder = inner; folder.startsWith(outer); folder = dirname(folder)) {
    if (!existsSync(folder)) continue;
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

function checkSound(database: DatabaseSync, tables: V1Tables, file: string): void {
  // Table by table: a fault in version 1's full-text index costs nothing, it is made anew.
  for (const table of tables.columns.keys()) {
    const finding = Object.values(database.prepare(`PRAGMA quick_check(${table})`).get() ?? {})[0];
    if (finding !== "ok") throw damaged(file, finding);
  }
}

function damaged(file: string, cause: unknown): SekhaError {
  return new SekhaError(
    "invalid_request",
    `${file} cannot be read as a memory of Sekha 1 (${errorMessage(cause)}). It was left as it is. If it is damaged, restore a backup of it, or rescue it with SQLite's own \`sqlite3 FILE .recover\`.`,
    { cause },
  );
}

function stillWritten(file: string): SekhaError {
  return new SekhaError(
    "conflict",
    `${file} was changed while it was read: Sekha 1 still runs on it. Stop Sekha 1, then try again.`,
  );
}

function countRows(database: DatabaseSync, tables: V1Tables): V1Counts {
  const count = (table: V1Table) => {
    if (!tables.columns.has(table)) return 0;
    return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
  };
  return {
    conversations: count("conversations"),
    messages: count("messages"),
    summaries: count("hierarchical_summaries"),
    tags: count("semantic_tags"),
    edges: count("knowledge_graph_edges"),
  };
}
