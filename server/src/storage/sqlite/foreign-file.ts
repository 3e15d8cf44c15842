import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { SekhaError } from "../../core/errors.ts";
import { APPLICATION_ID } from "./application-id.ts";

/** Of SQLite's file header (https://sqlite.org/fileformat2.html). */
const HEADER_BYTES = 100;
const APPLICATION_ID_OFFSET = 68;
const MAGIC = "SQLite format 3\0";

export function foreignFile(file: string): SekhaError {
  return new SekhaError(
    "conflict",
    `${file} is not a Sekha 2 database and was left as it is. Point database_url (DATABASE_URL) or SEKHA_DATA_DIR elsewhere.`,
  );
}

function header(file: string): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, bytes, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** The application id in the header; null when it is no database. */
export function databaseId(file: string): number | null {
  const bytes = header(file);
  const isDatabase = bytes.subarray(0, MAGIC.length).toString("latin1") === MAGIC;
  return isDatabase ? bytes.readUInt32BE(APPLICATION_ID_OFFSET) : null;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether any table stands in the main file; `immutable` keeps SQLite from touching its log. */
function holdsTables(file: string): boolean {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const row = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
    return Number(row?.count) > 0;
  } finally {
    database.close();
  }
}

/**
 * Rejects with `conflict` when the file is another program's (v1's `sekha.db` among them), without
 * opening it for writing: SQLite would fold a foreign write-ahead log into it on the way.
 */
export function refuseForeignFile(file: string): void {
  // A first migration cut short by a crash: SQLite undoes it from the journal on opening.
  if (sizeOf(file) === 0 || existsSync(`${file}-journal`)) return;
  const applicationId = databaseId(file);
  if (applicationId === APPLICATION_ID) return;
  if (applicationId === 0 && sizeOf(`${file}-wal`) === 0 && !holdsTables(file)) return;
  throw foreignFile(file);
}
