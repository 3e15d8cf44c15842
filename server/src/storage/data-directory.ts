import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage, SekhaError } from "../core/errors.ts";
import { rowsFile, V2_FILE } from "./v1/file-kind.ts";

/** Where everything of one memory lies. All paths are absolute. */
export interface DataDirectory {
  root: string;
  database: string;
  vectors: string;
  /** Files put here are imported, then moved to `imported`. */
  import: string;
  imported: string;
  /** Uploads and copies in the making; emptied at start. */
  temporary: string;
  /** Where version 1 may have left its file, the likeliest first. */
  v1Places: readonly string[];
}

/** Version 1's file, from where it ran and from where its containers had it. */
const V1_FILES = ["sekha.db", "data/sekha.db"];

/**
 * The places below `root`. `databaseUrl` is `sqlite:FILE` or `sqlite://FILE`, taken from `root` unless absolute;
 * what follows a `?` is ignored. When FILE is version 1's, which is never written (decisions.md 30), the database is
 * `sekha-v2.db` beside it.
 * @throws SekhaError `invalid_request` for a database in memory, which would lose everything.
 */
export function dataDirectoryAt(root: string, databaseUrl?: string): DataDirectory {
  const named = databaseUrl?.replace(/^sqlite:(\/\/)?/i, "").split("?")[0];
  if (named === ":memory:") {
    throw new SekhaError(
      "invalid_request",
      "database_url (DATABASE_URL): a database in memory would lose everything at the end. Use sqlite://FILE, or leave it out.",
    );
  }
  const file = resolve(root, named === undefined || named === "" ? V2_FILE : named);
  const database = rowsFile(file);
  return {
    root,
    database,
    vectors: join(root, "vectors"),
    import: join(root, "import"),
    imported: join(root, "imported"),
    temporary: join(root, "tmp"),
    v1Places: [
      ...(database === file ? [] : [file]),
      ...V1_FILES.map((name) => resolve(root, name)),
    ],
  };
}

/** Makes the folders, readable by their owner alone. */
export function createFolders(directory: DataDirectory): void {
  try {
    rmSync(directory.temporary, { recursive: true, force: true });
    const { root, database, vectors, imported, temporary } = directory;
    for (const folder of [root, dirname(database), vectors, directory.import, imported, temporary])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(directory.root, error);
  }
}

function unusable(root: string, error: unknown): SekhaError {
  return new SekhaError(
    "unavailable",
    `The data directory ${root} cannot be made or written (${errorMessage(error)}). Set SEKHA_DATA_DIR to a folder that you may write.`,
    { cause: error },
  );
}

/** The process that owns a data directory, and where it listens. */
export interface DirectoryOwner {
  pid: number;
  /** Null for a CLI that opened the directory itself. */
  url: string | null;
  /** What a stand-in (`sekha mcp`) is asked with; it lets go of the directory when it is asked to. */
  key?: string | undefined;
}

export interface DirectoryLock {
  /** Makes the address known to CLI and MCP server. */
  announce(url: string, key?: string): void;
  release(): void;
}

/** A lock that nobody refers to any longer would be closed, and freed, by the garbage collector. */
const held = new Set<DatabaseSync>();

/** Long enough for a CLI that only looks to be gone again. */
const LOCK_WAIT_MS = 500;

function lockFile(root: string): string {
  return join(root, "server.lock");
}

function ownerFile(root: string): string {
  return join(root, "server.json");
}

function wishFile(root: string): string {
  return join(root, "server.wanted");
}

/** A wish of a process that died must not keep others away for ever. */
const WISH_MS = 30_000;

/** A server waits for the directory: stand-ins keep away meanwhile. Returns what ends that. */
export function announceWanted(root: string): () => void {
  writeFileSync(wishFile(root), String(process.pid), { mode: 0o600 });
  return () => rmSync(wishFile(root), { force: true });
}

/** Whether a server waits for the directory. */
export function isDirectoryWanted(root: string): boolean {
  const wish = statSync(wishFile(root), { throwIfNoEntry: false });
  return wish !== undefined && Date.now() - wish.mtimeMs < WISH_MS;
}

function writeOwner(root: string, owner: DirectoryOwner): void {
  const file = ownerFile(root);
  writeFileSync(`${file}.new`, JSON.stringify(owner), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Takes the directory for this process. The lock is SQLite's own file lock on `server.lock`:
 * the system frees it when the process ends, however it ends.
 * @throws SekhaError `conflict` while another process has it, `unavailable` when it cannot be written.
 */
export function lockDirectory(root: string): DirectoryLock {
  const lock = takeLock(root);
  writeOwner(root, { pid: process.pid, url: null });
  return {
    announce: (url, key) => writeOwner(root, { pid: process.pid, url, key }),
    release: () => {
      if (!lock.isOpen) return;
      rmSync(ownerFile(root), { force: true });
      lock.close();
      held.delete(lock);
    },
  };
}

function takeLock(root: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(lockFile(root), { timeout: LOCK_WAIT_MS });
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    held.add(lock);
    return lock;
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? inUse(root, error) : unusable(root, error);
  }
}

function inUse(root: string, cause: unknown): SekhaError {
  const owner = readOwner(root);
  const who = owner === null ? "Another process" : `Process ${owner.pid}`;
  const where = owner?.url ? ` at ${owner.url}` : "";
  return new SekhaError(
    "conflict",
    `${who} uses the data directory ${root}${where}. Stop it first, or set SEKHA_DATA_DIR to another folder.`,
    { cause },
  );
}

/** SQLITE_BUSY, with or without its extended code. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" && (code & 0xff) === 5;
}

/**
 * Who holds the directory now; null when nobody does. Never takes the lock itself.
 * @throws SekhaError `unavailable` when the directory cannot be read.
 */
export function directoryOwner(root: string): DirectoryOwner | null {
  if (!existsSync(lockFile(root))) return null;
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(lockFile(root), { timeout: 0 });
    lock.prepare("SELECT count(*) FROM sqlite_schema").get();
    return null;
  } catch (error) {
    if (!isBusy(error)) throw unusable(root, error);
    return readOwner(root) ?? { pid: 0, url: null };
  } finally {
    lock?.close();
  }
}

/** A server that starts has the directory before it listens; a command that opened it is done soon. */
const ADDRESS_WAIT_MS = 10_000;
const ADDRESS_LOOK_MS = 50;

/**
 * Who has the directory and says where it listens; null when nobody has it, or still says nothing after ten seconds.
 * This process itself is not waited for.
 * @throws SekhaError `unavailable` when the directory cannot be read.
 */
export async function listeningOwner(
  root: string,
): Promise<(DirectoryOwner & { url: string }) | null> {
  const until = performance.now() + ADDRESS_WAIT_MS;
  for (;;) {
    const owner = directoryOwner(root);
    if (owner === null) return null;
    const { url } = owner;
    if (url !== null) return { ...owner, url };
    if (owner.pid === process.pid || performance.now() > until) return null;
    await sleep(ADDRESS_LOOK_MS);
  }
}

function readOwner(root: string): DirectoryOwner | null {
  try {
    const value: unknown = JSON.parse(readFileSync(ownerFile(root), "utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { pid, url, key } = value as { pid?: unknown; url?: unknown; key?: unknown };
    if (typeof pid !== "number") return null;
    return {
      pid,
      url: typeof url === "string" ? url : null,
      ...(typeof key === "string" ? { key } : {}),
    };
  } catch {
    // Not written yet, or just removed: the lock alone decides.
    return null;
  }
}
