import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import { errorMessage, SekhaError } from "../core/errors.ts";
import type { Logger } from "../logger.ts";
import { createFolders, type DataDirectory, lockDirectory } from "../storage/data-directory.ts";
import { mayBeV1File, v1Note } from "../storage/v1/file-kind.ts";
import {
  countsSince,
  holdsRows,
  inspectV1,
  mergeV1,
  migrateV1,
  type V1Inspection,
  type V1MigrationOptions,
  type V1MigrationReport,
  type V1Missing,
  type V1VerifiedInspection,
  verifyMigrated,
} from "../storage/v1/migration.ts";
import type { V1Phase, V1Progress } from "../storage/v1/pace.ts";

/** Between two lines of the log. */
const NEWS_MS = 5_000;

/** The old file and the new one, absolute. */
export interface V1Files {
  v1: string;
  file: string;
}

export interface V1Plan extends V1Files, V1Inspection {
  /** Whether the new file holds a memory already. */
  exists: boolean;
  /** What it does not have. */
  missing: V1Missing;
}

interface V1Run {
  signal: AbortSignal;
  onProgress: V1Progress;
}

/** Version 1's memory and this one. `v1` is the old file; null takes the one in the data directory. */
export interface V1Migration {
  /** What migrating would do. Changes nothing. */
  plan(v1: string | null): V1Plan;
  /**
   * Makes the new file, or adds to the one that is there.
   * @throws SekhaError `conflict` while another process owns the directory; and as migrateV1 does.
   */
  migrate(v1: string | null, run: V1Run): Promise<V1Files & V1MigrationReport>;
  /** Compares the old file with the new one, which may be in use. */
  verify(v1: string | null, run: V1Run): Promise<V1Files & V1VerifiedInspection>;
}

export function v1Migration(config: Config, directory: DataDirectory): V1Migration {
  const world = worldOf({ config, directory });
  return {
    plan: (v1) => {
      const files = filesOf(directory, v1);
      return { ...files, ...inspectV1({ ...world, ...files }), exists: holdsRows(files.file) };
    },
    migrate: async (v1, run) => {
      const files = filesOf(directory, v1);
      const lock = lockDirectory(directory.root);
      try {
        createFolders(directory);
        const options = { ...world, ...files, ...run };
        const report = holdsRows(files.file)
          ? await mergeV1(options)
          : await migrateAfresh(directory, options);
        return { ...files, ...report };
      } finally {
        lock.release();
      }
    },
    verify: async (v1, run) => {
      const files = filesOf(directory, v1);
      return { ...files, ...(await verifyMigrated({ ...world, ...files, ...run })) };
    },
  };
}

function worldOf({ config, directory }: { config: Config; directory: DataDirectory }) {
  return {
    temporary: directory.temporary,
    owner: LOCAL_OWNER,
    // Chroma goes on serving the vectors that version 1 put there.
    legacyVectors: config.chromaUrl !== undefined,
    clock: () => Date.now(),
    newId: () => randomUUID(),
  };
}

function filesOf(directory: DataDirectory, v1: string | null): V1Files {
  const file = directory.database;
  if (v1 !== null) return { v1: resolve(v1), file };
  const found = directory.v1Places.find(mayBeV1File);
  if (found !== undefined) return { v1: found, file };
  throw new SekhaError(
    "invalid_request",
    `There is no memory of Sekha 1 at ${directory.v1Places.join(" or ")}. Name its file: sekha migrate data FILE.`,
  );
}

/** Vectors are derived from the rows: any left from rows that are gone must not serve the new ones. */
async function migrateAfresh(
  directory: DataDirectory,
  options: V1MigrationOptions,
): Promise<V1MigrationReport> {
  rmSync(directory.vectors, { recursive: true, force: true });
  createFolders(directory);
  return migrateV1(options);
}

/**
 * On the first start, with the directory locked: a memory of version 1 is brought over, and said so. With a memory of
 * version 2 there already, one of version 1 beside it is only mentioned.
 * @throws SekhaError as migrateV1 does: starting with nothing would look like a loss.
 */
export async function bringOverV1(options: {
  config: Config;
  directory: DataDirectory;
  log: Logger;
}): Promise<void> {
  const { directory, log } = options;
  const { database, v1Places } = directory;
  const v1 = v1Places.find(mayBeV1File);
  if (v1 === undefined) return;
  if (holdsRows(database)) {
    tellOfV1(v1, options);
    return;
  }
  log.info(`Found a memory of version 1: ${v1}. It stays as it is; ${database} is built from it.`);
  const { written, verified } = await migrateAfresh(directory, {
    ...worldOf(options),
    ...{ v1, file: database },
    signal: new AbortController().signal,
    onProgress: newsOf(log),
  });
  log.info(
    `Version 1's memory is here: ${written.conversations} conversations, ${written.messages} messages, each compared with the old file (${verified.messages} messages the same). ${written.queued} wait to be found by meaning.`,
  );
}

/** Beside a memory of version 2: one that it did not come from, or that version 1 went on writing. */
function tellOfV1(v1: string, { directory, log }: { directory: DataDirectory; log: Logger }): void {
  const note = v1Note(directory.database);
  if (note === null) {
    log.info(`${v1} holds a memory of version 1. To add it to this one: sekha migrate data ${v1}`);
    return;
  }
  try {
    const place = { v1, temporary: directory.temporary, migratedAt: note.migrated_at };
    const counts = countsSince(place);
    if (counts === null) return;
    const conversations = Math.max(0, counts.conversations - note.conversations);
    const messages = Math.max(0, counts.messages - note.messages);
    if (conversations + messages === 0) return;
    log.warn(
      `Version 1 was used again: ${v1} has ${conversations} conversations and ${messages} messages more than were brought over. They are not here yet. Stop Sekha, then add them: sekha migrate data ${v1}`,
    );
  } catch (error) {
    // The memory in use is whole without the old file.
    log.info(`${v1} could not be looked at: ${errorMessage(error)}`);
  }
}

function newsOf(log: Logger): V1Progress {
  let saidAt = performance.now();
  const verbs: Record<V1Phase, string> = { reading: "Reading", verifying: "Verifying" };
  return (phase, done, total) => {
    if (performance.now() - saidAt < NEWS_MS) return;
    saidAt = performance.now();
    log.info(`${verbs[phase]} version 1's memory: ${done} of ${total} rows`);
  };
}
