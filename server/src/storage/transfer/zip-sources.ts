import { crc32 } from "node:zlib";
import yauzl from "yauzl";
import { errorMessage, SekhaError } from "../../core/errors.ts";
import { selectImportable } from "../../core/transfer/import-selection.ts";
import type { ImportSource } from "../../core/transfer/parsed-import.ts";

/** Text that deflates better than this beyond the size below is made to exhaust the reader. */
const BOMB_RATIO = 500;
const BOMB_BYTES = 256 * 1024 * 1024;
/** Names are only shown, never written to; so names that lead outside are let through. */
const OPTIONS = { lazyEntries: true, autoClose: false, decodeStrings: false };

/** The importable files of an archive; each is decompressed while it is read. */
export async function listZipSources(path: string, name: string): Promise<ImportSource[]> {
  const entries = new Map<string, yauzl.Entry>();
  await withZip(path, name, async (zip) => {
    for await (const entry of zip.eachEntry()) {
      entries.set(entryName(entry), entry);
    }
  });
  const names = selectImportable([...entries.keys()].filter((key) => !key.endsWith("/")));
  return names.flatMap((key) => {
    const entry = entries.get(key);
    return entry === undefined ? [] : [entrySource({ path, name, key, entry })];
  });
}

interface ZipEntry {
  path: string;
  name: string;
  key: string;
  entry: yauzl.Entry;
}

function entrySource(zipEntry: ZipEntry): ImportSource {
  const { name, key, entry } = zipEntry;
  return {
    name: `${name}:${key}`,
    size: entry.uncompressedSize,
    open: () => readEntry(zipEntry),
  };
}

async function* readEntry({ path, name, key, entry }: ZipEntry): AsyncGenerator<Uint8Array> {
  const problem = entryProblem(entry);
  if (problem !== undefined) {
    throw new SekhaError("invalid_request", `${key} in ${name} ${problem}`);
  }
  const zip = await openZip(path, name);
  try {
    let checksum = 0;
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    // yauzl leaves the checksum to its callers.
    if (checksum !== entry.crc32) {
      throw new Error(`the checksum of ${key} is wrong`);
    }
  } catch (error) {
    throw damaged(name, error);
  } finally {
    zip.close();
  }
}

function entryProblem(entry: yauzl.Entry): string | undefined {
  if (entry.isEncrypted()) {
    return "is encrypted. Unpack the archive with its password and import the folder.";
  }
  if (!entry.canDecodeFileData()) {
    return `is compressed by a method that is not supported (${entry.compressionMethod}). Unpack the archive and import the folder.`;
  }
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  if (entry.uncompressedSize > BOMB_BYTES && ratio > BOMB_RATIO) {
    return `claims to unpack to ${Math.round(ratio)} times its size, which no conversation does. If you trust it, unpack it and import the file.`;
  }
  return undefined;
}

async function withZip(
  path: string,
  name: string,
  use: (zip: yauzl.ZipFile) => Promise<void>,
): Promise<void> {
  const zip = await openZip(path, name);
  try {
    await use(zip);
  } catch (error) {
    throw damaged(name, error);
  } finally {
    zip.close();
  }
}

async function openZip(path: string, name: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(path, OPTIONS);
  } catch (error) {
    throw damaged(name, error);
  }
}

function damaged(name: string, cause: unknown): SekhaError {
  const message = `The ZIP archive ${name} cannot be read: ${errorMessage(cause)}. Download it again.`;
  return new SekhaError("invalid_request", message, { cause });
}

function entryName(entry: yauzl.Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}
