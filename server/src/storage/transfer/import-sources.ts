import { createReadStream } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorMessage, SekhaError } from "../../core/errors.ts";
import { selectImportable } from "../../core/transfer/import-selection.ts";
import type { ImportSource } from "../../core/transfer/parsed-import.ts";
import { listZipSources } from "./zip-sources.ts";

const READ_BYTES = 256 * 1024;
const ZIP_MARKS = ["504b0304", "504b0506"];

/**
 * What can be imported from a file, a folder (with everything below it) or a ZIP archive, in the
 * order of their names. A file that is named is taken whatever it is called.
 * @throws SekhaError when the path is missing, unreadable, empty or holds nothing to import.
 */
export async function* openImportSources(path: string): AsyncGenerator<ImportSource> {
  const info = await attempt(path, () => stat(path));
  if (info.isDirectory()) {
    yield* openFolder(path);
  } else if (info.isFile()) {
    yield* await openFile(path, basename(path));
  } else {
    throw invalid(`${path} is neither a file nor a folder.`);
  }
}

async function* openFolder(folder: string): AsyncGenerator<ImportSource> {
  const names = selectImportable(await listFiles(folder));
  if (names.length === 0) {
    throw invalid(
      `${folder} holds nothing to import. Expected .json, .jsonl, .md, .txt, .xml or .zip files.`,
    );
  }
  for (const name of names) {
    yield* await openListed(join(folder, name), name);
  }
}

/** One bad file of a folder is refused by itself when it is opened; the others stay. */
async function openListed(path: string, name: string): Promise<ImportSource[]> {
  try {
    return await openFile(path, name);
  } catch (error) {
    return [{ name, size: 0, open: () => rejected(error) }];
  }
}

async function openFile(path: string, name: string): Promise<ImportSource[]> {
  const { size, isZip } = await inspect(path);
  if (size === 0) {
    throw invalid(`${path} is empty. Export it again, or leave it out.`);
  }
  if (!isZip) {
    return [{ name, size, open: () => readFile(path) }];
  }
  const sources = await listZipSources(path, name);
  if (sources.length === 0) {
    throw invalid(
      `${path} holds nothing to import. Expected conversations.json, or .json, .jsonl, .md, .txt or .xml files.`,
    );
  }
  return sources;
}

async function inspect(path: string): Promise<{ size: number; isZip: boolean }> {
  return await attempt(path, async () => {
    const file = await open(path, "r");
    try {
      return { size: (await file.stat()).size, isZip: await beginsAsZip(file) };
    } finally {
      await file.close();
    }
  });
}

async function beginsAsZip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return ZIP_MARKS.includes(buffer.subarray(0, bytesRead).toString("hex"));
}

/** Relative paths with `/`. Links to files are followed, links to folders are not: they may circle. */
async function listFiles(folder: string, prefix = ""): Promise<string[]> {
  const entries = await attempt(folder, () => readdir(folder, { withFileTypes: true }));
  const lists = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) {
        return [];
      }
      if (entry.isDirectory()) {
        return await listFiles(path, `${prefix}${entry.name}/`);
      }
      return entry.isFile() || (await linksToFile(path)) ? [`${prefix}${entry.name}`] : [];
    }),
  );
  return lists.flat();
}

/** A link that leads nowhere is no file. */
async function linksToFile(path: string): Promise<boolean> {
  return await attempt(path, async () => {
    const isLink = (await lstat(path)).isSymbolicLink();
    const target = isLink ? await realpath(path).catch(ifMissing) : undefined;
    return target !== undefined && (await stat(target)).isFile();
  });
}

function ifMissing(error: unknown): undefined {
  if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ELOOP") {
    throw error;
  }
  return undefined;
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES });
  } catch (error) {
    throw readable(path, error);
  }
}

async function* rejected(error: unknown): AsyncGenerator<Uint8Array> {
  yield await Promise.reject<Uint8Array>(error);
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw readable(path, error);
  }
}

function readable(path: string, cause: unknown): SekhaError {
  const code = errorCode(cause);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new SekhaError("not_found", `There is no file or folder ${path}. Check the path.`, {
      cause,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    const message = `${path} may not be read by the user that runs Sekha. Change its permissions.`;
    return new SekhaError("forbidden", message, { cause });
  }
  const message = `${path} cannot be read: ${errorMessage(cause)}.`;
  return new SekhaError("invalid_request", message, { cause });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function invalid(message: string): SekhaError {
  return new SekhaError("invalid_request", message);
}
