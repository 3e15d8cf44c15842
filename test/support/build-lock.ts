import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
const BUILD_MS = 120_000;

/** One build of this checkout at a time, since two would write the same files. Freed when the process ends, however. */
export function withBuildLock<T>(build: () => T): T {
  mkdirSync(CACHE, { recursive: true });
  const lock = new DatabaseSync(join(CACHE, "build.lock"), { timeout: BUILD_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return build();
  } finally {
    lock.close();
  }
}
