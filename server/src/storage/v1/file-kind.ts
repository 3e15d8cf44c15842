import { copyFileSync, existsSync, mkdtempSync, rmSync, type Stats, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorMessage, SekhaError } from "../../core/errors.ts";
import { databaseId } from "../sqlite/foreign-file.ts";
import { openImmutable } from "./source.ts";
import { hasV1Tables } from "./tables.ts";

/** What version 2 calls its file beside one of version 1 (decisions.md 30). */
export const V2_FILE = "sekha-v2.db";
/** In settings, of no owner: the file that the rows came from. */
export const V1_SOURCE_KEY = "v1_source";

/**
 * Whether a file is a memory of version 1, or may have been one: a database that is not version 2's and cannot be read
 * counts, since starting with nothing beside it would look like a loss. Changes nothing and leaves nothing beside it.
 */
export function mayBeV1File(file: string): boolean {
  if (!isFile(file)) return false;
  try {
    if (look(file)) return true;
    // Version 1 was killed before its log was folded in even once.
    return isFile(`${file}-wal`) && lookIntoCopy(file);
  } catch {
    return databaseId(file) === 0;
  }
}

/** @throws SekhaError `unavailable` in a folder that may not be entered. */
function isFile(file: string): boolean {
  let facts: Stats | undefined;
  try {
    facts = statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new SekhaError(
      "unavailable",
      `${file} cannot be looked for (${errorMessage(error)}). Its folders must be open to the user that Sekha runs as.`,
      { cause: error },
    );
  }
  return facts?.isFile() === true && facts.size > 0;
}

function look(file: string): boolean {
  const database = openImmutable(file);
  try {
    return isV1(database);
  } finally {
    database.close();
  }
}

function isV1(database: DatabaseSync): boolean {
  const id = Object.values(database.prepare("PRAGMA application_id").get() ?? {})[0];
  return id === 0 && hasV1Tables(database);
}

function lookIntoCopy(file: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), "sekha-look-"));
  const copy = join(folder, basename(file));
  try {
    for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, copy + suffix);
    const database = new DatabaseSync(copy);
    try {
      return isV1(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Where version 2 keeps its rows when `file` is configured: beside it when it is version 1's, also after that one was
 * deleted; else in it.
 */
export function rowsFile(file: string): string {
  const beside = join(dirname(file), V2_FILE);
  if (file === beside) return file;
  if (existsSync(file)) return mayBeV1File(file) ? beside : file;
  return cameFrom(beside, file) ? beside : file;
}

function cameFrom(rows: string, file: string): boolean {
  const note = v1Note(rows);
  return note !== null && basename(note.file) === basename(file);
}

/** What is noted of the last migration. */
export interface V1Note {
  /** The old file, and how many rows it had. */
  file: string;
  conversations: number;
  messages: number;
  /** Milliseconds since the epoch. */
  migrated_at: number;
}

/** Of rows that were brought over from version 1; null for others. */
export function v1Note(rows: string): V1Note | null {
  if (!isFile(rows)) return null;
  try {
    const database = openImmutable(rows);
    try {
      const row = database.prepare("SELECT value FROM settings WHERE key = ?").get(V1_SOURCE_KEY);
      if (row === undefined) return null;
      const note = JSON.parse(String(row.value)) as V1Note;
      return typeof note.file === "string" ? note : null;
    } finally {
      database.close();
    }
  } catch {
    // Not a file of version 2: whoever opens it says so.
    return null;
  }
}
