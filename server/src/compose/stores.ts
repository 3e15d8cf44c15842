import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Config } from "../config/config.ts";
import type { Owner } from "../core/conversations/conversation.ts";
import { errorMessage } from "../core/errors.ts";
import type { EmbeddingModelIdentity } from "../core/ports/embedding-model.ts";
import { type Leadership, soleLeadership } from "../core/ports/leadership.ts";
import type { VectorStore } from "../core/ports/vector-store.ts";
import type { Logger } from "../logger.ts";
import type { DataDirectory } from "../storage/data-directory.ts";
import { refuseHalfMigrated } from "../storage/migrate-storage/unfinished-migration.ts";
import type { PostgresStore } from "../storage/postgres/postgres-store.ts";
import type { RowStore } from "../storage/row-store.ts";
import type { ChromaVectorStore } from "../storage/vectors/chroma/chroma-vector-store.ts";
import { isPostgres } from "./database-kind.ts";
import { bringOverV1 } from "./v1-data.ts";

/** What memory is kept in, whatever engines the configuration names. */
export interface Stores {
  rows: RowStore;
  vectors: VectorStore;
  /** Loads what searches of an owner need; nothing to do where a server does it. */
  warm(owner: Owner, model: EmbeddingModelIdentity): Promise<void>;
  leadership: Leadership;
  /** Whether other processes may work on the same rows. */
  shared: boolean;
  close(): Promise<void>;
}

interface StoreOptions {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  /** False for a command: nothing is moved in the background while it runs. */
  serving: boolean;
}

/** Readers beside the writer: one a core, two to four. */
function readerCount(): number {
  return Math.min(4, Math.max(2, availableParallelism()));
}

/** Opens the engines that the configuration names, each imported only where it is used. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  return isPostgres(options.config) ? openOnPostgres(options) : openOnSqlite(options);
}

async function openOnSqlite(options: StoreOptions): Promise<Stores> {
  const { config, directory, log } = options;
  await bringOverV1(options);
  const { openSqliteStore } = await import("../storage/sqlite/sqlite-store.ts");
  const rows = await openSqliteStore({ file: directory.database, readers: readerCount() });
  const sole = { rows, leadership: soleLeadership, shared: false };
  try {
    if (config.chromaUrl !== undefined) {
      const vectors = await openChroma(options, rows);
      return { ...sole, vectors, warm: async () => undefined, close: closing(vectors, rows) };
    }
    const { createEmbeddedVectorStore } = await import(
      "../storage/vectors/embedded/embedded-vector-store.ts"
    );
    const vectors = createEmbeddedVectorStore({
      databaseFile: directory.database,
      directory: directory.vectors,
      log: (level, message) => log[level](message),
    });
    const warm: Stores["warm"] = (owner, model) => vectors.warm(owner, model);
    return { ...sole, vectors, warm, close: closing(vectors, rows) };
  } catch (error) {
    await rows.close();
    throw error;
  }
}

async function openOnPostgres(options: StoreOptions): Promise<Stores> {
  const { config, log } = options;
  const { openPostgresStore } = await import("../storage/postgres/postgres-store.ts");
  const rows = await openPostgresStore({
    url: config.databaseUrl ?? "",
    maxConnections: config.maxConnections,
    log,
  });
  const { database } = rows;
  const { random } = Math;
  const [{ Notifications }, { PostgresLeadership }] = await Promise.all([
    import("../storage/postgres/notifications.ts"),
    import("../storage/postgres/leader.ts"),
  ]);
  const stopping = new AbortController();
  const notifications = new Notifications({ database, log, instance: randomUUID(), random });
  try {
    await refuseHalfMigrated(database);
    const vectors =
      config.chromaUrl === undefined
        ? await openPgvector(options, rows)
        : await openChromaBesidePostgres({ ...options, signal: stopping.signal }, rows);
    await notifications.start();
    // What others told is not told to them again.
    let hearing = false;
    notifications.on("keys", () => {
      hearing = true;
      rows.keysChanged();
      hearing = false;
    });
    rows.keys.watch(() => {
      if (!hearing) tellOfKeys();
    });
    return {
      rows,
      vectors,
      warm: async () => undefined,
      leadership: new PostgresLeadership({ database, log, random }),
      shared: true,
      close: async () => {
        stopping.abort();
        await closing(vectors, notifications, rows)();
      },
    };
  } catch (error) {
    stopping.abort();
    await Promise.allSettled([notifications.close(), rows.close()]);
    throw error;
  }

  function tellOfKeys(): void {
    notifications
      .tell("keys")
      .catch((error: unknown) =>
        log.warn(`Other controllers were not told: ${errorMessage(error)}`),
      );
  }
}

async function openPgvector(
  { log, serving }: StoreOptions,
  rows: PostgresStore,
): Promise<VectorStore> {
  const { openPgvectorStore } = await import("../storage/vectors/pgvector/pgvector-store.ts");
  const vectors = await openPgvectorStore({ database: rows.database, log, clock: Date.now });
  rows.keepVectorsIn(vectors.tables);
  if (serving) inBackground(log, "Taking vectors over into pgvector", () => vectors.adopt());
  return vectors;
}

/** Vectors that pgvector had go back to their rows, from where Chroma is filled. */
async function openChromaBesidePostgres(
  options: StoreOptions & { signal: AbortSignal },
  rows: PostgresStore,
): Promise<VectorStore> {
  const { releaseVectors } = await import("../storage/vectors/pgvector/release-vectors.ts");
  const vectors = await openChroma(options, rows);
  if (options.serving) {
    inBackground(options.log, "Taking vectors over from pgvector", async () => {
      const moved = await releaseVectors(rows.database, options.signal);
      // Chroma may have been compared with the rows before they had these.
      if (moved > 0) vectors.start();
      return moved;
    });
  }
  return vectors;
}

async function openChroma(
  { config, log, serving }: StoreOptions,
  rows: RowStore,
): Promise<ChromaVectorStore> {
  const { openChromaVectors } = await import("./chroma.ts");
  const vectors = openChromaVectors(config, rows, log);
  if (vectors === null) throw new Error("chroma_url is not set");
  if (serving) vectors.start();
  return vectors;
}

function inBackground(log: Logger, what: string, work: () => Promise<number>): void {
  work().then(
    (moved) => {
      if (moved > 0) log.info(`${what}: ${moved} moved`);
    },
    (error: unknown) =>
      log.warn(`${what} failed, and is tried again at the next start: ${errorMessage(error)}`),
  );
}

/** In their order, each whatever became of the one before. */
function closing(...opened: { close(): Promise<void> }[]): () => Promise<void> {
  return async () => {
    for (const one of opened) await one.close().catch(() => undefined);
  };
}
