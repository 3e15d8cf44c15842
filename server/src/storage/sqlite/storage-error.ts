import { errorMessage, SekhaError } from "../../core/errors.ts";

/** SQLite's primary result codes that users can do something about. */
const FULL = 13;
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const READ_ONLY = 8;
const CONSTRAINT = 19;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

function primaryCode(error: unknown): number | null {
  const code =
    error instanceof Error && "errcode" in error && typeof error.errcode === "number"
      ? error.errcode
      : null;
  return code === null ? null : code & 0xff;
}

/** Any failure of SQLite or the file system as an error that says what to do. */
export function storageError(error: unknown): SekhaError {
  const reason = errorMessage(error);
  const code = primaryCode(error);
  const fileCode = error instanceof Error && "code" in error ? error.code : null;
  if (code === FULL || fileCode === "ENOSPC" || /disk is full/i.test(reason)) {
    return new SekhaError(
      "storage_full",
      "The disk is full: nothing was stored. Free some space and send it again.",
      { cause: error },
    );
  }
  if (code === BUSY || code === LOCKED) {
    return new SekhaError("unavailable", "The database is busy. Try again in a moment.", {
      cause: error,
      retryAfterSeconds: 1,
    });
  }
  if (code === CONSTRAINT) {
    return new SekhaError("conflict", "This exists already.", { cause: error });
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new SekhaError(
      "unavailable",
      "The database file is damaged. Run `sekha doctor`, then restore a backup with `sekha restore`.",
      { cause: error },
    );
  }
  if (code === IO_ERROR || code === READ_ONLY || code === CANNOT_OPEN) {
    return new SekhaError(
      "unavailable",
      `The database file cannot be read or written (${reason}). Check the disk and the permissions of the data directory.`,
      { cause: error },
    );
  }
  return new SekhaError("internal", `Storage failed: ${reason}`, { cause: error });
}
