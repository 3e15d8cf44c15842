import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ImageRefusal, type SizeLimit, tooLarge } from "./image-refusal.ts";

/** Gets the bytes of an image by its file:// URL. */
export interface ImageFiles {
  /** Throws ImageRefusal. */
  read(url: string, options: { limit: SizeLimit; signal: AbortSignal }): Promise<Buffer>;
}

/**
 * Not to follow a link that was put in place of the checked file, and not to wait for a pipe's writer. Windows has
 * neither flag.
 */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reads images below the configured folders, symbolic links resolved first; nothing else on this machine. */
export function createImageFiles(folders: readonly string[]): ImageFiles {
  return {
    async read(url, { limit, signal }) {
      const path = await allowedPath(pathOf(url), folders);
      signal.throwIfAborted();
      const file = await open(path, OPEN_FLAGS).catch(notAllowed);
      try {
        return await readRegular(file, limit);
      } finally {
        await file.close();
      }
    },
  };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new ImageRefusal('has a file: URL that is no path: write "file:///folder/picture.png".', {
      cause,
    });
  }
}

async function allowedPath(path: string, folders: readonly string[]): Promise<string> {
  const real = await realpath(path).catch(notAllowed);
  for (const folder of folders) {
    const realFolder = await realpath(folder).catch(() => undefined);
    if (realFolder !== undefined && isBelow(real, realFolder)) return real;
  }
  return notAllowed();
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** One text for all cases, so that nobody learns which files exist elsewhere. */
function notAllowed(cause?: unknown): never {
  throw new ImageRefusal(
    "is not read: there is no such file below the folders of images.file_folders.",
    { cause },
  );
}

async function readRegular(file: FileHandle, limit: SizeLimit): Promise<Buffer> {
  const { size, ...status } = await file.stat();
  if ((status.mode & constants.S_IFMT) !== constants.S_IFREG) return notAllowed();
  if (size > limit.bytes) throw tooLarge(size, limit);
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
