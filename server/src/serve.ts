import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { type HttpBindings, serve } from "@hono/node-server";
import type { ControllerApp } from "./apps/controller/controller-app.ts";
import { composeMemory, type Memory } from "./compose/compose.ts";
import type { Config } from "./config/config.ts";
import { LOCAL_OWNER } from "./core/conversations/conversation.ts";
import { errorMessage, SekhaError } from "./core/errors.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey } from "./http/api-keys.ts";
import type { Logger } from "./logger.ts";
import {
  type DataDirectory,
  type DirectoryLock,
  dataDirectoryAt,
  directoryOwner,
  lockDirectory,
} from "./storage/data-directory.ts";
import { checkDatabaseFile } from "./storage/sqlite/check-database-file.ts";

export { createLogger } from "./logger.ts";

export interface RunningServices {
  addresses: { name: string; url: string }[];
  /** The key that the first start beyond loopback made; shown this once. */
  firstKey: string | null;
  /** Answers what is under way, commits, and ends. */
  close(): Promise<void>;
}

/** What this version can run; bridge and proxy come with later versions. */
const AVAILABLE = ["controller"];

function directoryOf(config: Config): DataDirectory {
  const { databaseUrl, dataDirectory } = config;
  if (databaseUrl !== undefined && !/^sqlite:/i.test(databaseUrl)) {
    throw new SekhaError(
      "invalid_request",
      "database_url (DATABASE_URL): this version keeps its rows in SQLite only. Use sqlite://FILE, or leave it out.",
    );
  }
  return dataDirectoryAt(dataDirectory, databaseUrl);
}

/** Where the rows are, absolute; it may not exist yet. */
export function databaseFile(config: Config): string {
  return directoryOf(config).database;
}

/** Starts the services and resolves when they answer. */
export async function startServices(options: {
  config: Config;
  services: readonly string[];
  log: Logger;
}): Promise<RunningServices> {
  const { config, log } = options;
  if (!options.services.some((service) => AVAILABLE.includes(service))) {
    throw new SekhaError(
      "invalid_request",
      `This version runs ${AVAILABLE.join(", ")}, not ${options.services.join(", ")}.`,
    );
  }
  const directory = directoryOf(config);
  const lock = lockDirectory(directory.root);
  let memory: Memory | null = null;
  try {
    memory = await composeMemory({ config, directory, log, serving: true });
    const firstKey = memory.keyNeeded ? await firstKeyOf(memory, config) : null;
    const listening = await listen(memory.controller, config.server);
    lock.announce(listening.url);
    log.info(`controller listens on ${listening.url}, data in ${directory.root}`);
    return running({ memory, lock, listening, firstKey, config, log });
  } catch (error) {
    await memory?.close().catch(() => undefined);
    lock.release();
    throw error;
  }
}

interface Listening {
  url: string;
  server: Server;
}

function running(parts: {
  memory: Memory;
  lock: DirectoryLock;
  listening: Listening;
  firstKey: string | null;
  config: Config;
  log: Logger;
}): RunningServices {
  const { memory, lock, listening, firstKey, config, log } = parts;
  let closing: Promise<void> | null = null;
  const close = async () => {
    log.info("Stopping: requests under way are answered first");
    await drain(listening.server, config.server.shutdownTimeoutSecs * 1000);
    await memory.close();
    lock.release();
    log.info("Stopped");
  };
  return {
    addresses: [{ name: "controller", url: listening.url }],
    firstKey,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function listen(
  app: ControllerApp,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, env) => {
          const { socket } = (env as HttpBindings).incoming;
          return app.fetch(request, {
            peerAddress: socket.remoteAddress ?? null,
            injected: false,
            signal: request.signal,
          });
        },
        hostname: host,
        port,
        overrideGlobalObjects: false,
      },
      (address) => {
        const name = host.includes(":") ? `[${host}]` : host;
        resolve({ url: `http://${name}:${address.port}`, server: server as Server });
      },
    );
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): SekhaError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken by another program.`,
    EACCES: `Port ${port} needs more rights than this user has.`,
    EADDRNOTAVAIL: `This machine has no address ${host}.`,
  };
  const reason =
    reasons[error.code ?? ""] ?? `Listening on ${host}:${port} failed: ${error.message}.`;
  return new SekhaError(
    "unavailable",
    `${reason} Choose another with server.host and server.port (SEKHA__SERVER__PORT).`,
    { cause: error },
  );
}

/** No new connections; what is under way gets its answer, at most for so long. */
async function drain(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}

/** Beyond loopback a key is needed; with none anywhere the first start makes one (decisions.md 15). */
async function firstKeyOf(memory: Memory, config: Config): Promise<string | null> {
  const configured = config.mcpApiKey ?? config.restApiKey ?? config.additionalApiKeys[0];
  if (configured !== undefined || (await memory.services.keys.any())) return null;
  const key = generateApiKey();
  const { newId, clock, keys } = memory.services;
  await keys.create(
    {
      id: newId(),
      owner: LOCAL_OWNER,
      name: "first key",
      prefix: apiKeyPrefix(key),
      createdAt: Math.floor(clock()),
      lastUsedAt: null,
      revokedAt: null,
    },
    hashApiKey(key),
  );
  return key;
}

/**
 * Opens the data directory in this process, for a command while no server runs.
 * @throws SekhaError `conflict` when another process owns it.
 */
export async function openMemory(options: { config: Config; log: Logger }): Promise<{
  fetch: (request: Request) => Promise<Response>;
  close(): Promise<void>;
}> {
  const directory = directoryOf(options.config);
  const lock = lockDirectory(directory.root);
  try {
    const memory = await composeMemory({ ...options, directory, serving: false });
    return {
      fetch: (request) =>
        memory.controller.fetch(request, {
          owner: LOCAL_OWNER,
          peerAddress: null,
          injected: true,
          signal: request.signal,
        }),
      close: async () => {
        await memory.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The server that owns the data directory; null when none does. */
export async function findServer(config: Config): Promise<{ url: string; pid: number } | null> {
  const owner = directoryOwner(directoryOf(config).root);
  return owner === null || owner.url === null ? null : { url: owner.url, pid: owner.pid };
}

/**
 * Puts a backup in the database's place; what was there is kept beside it.
 * @throws SekhaError `conflict` while a process owns the directory, `invalid_request` when the
 * file is no sound Sekha database.
 */
export async function restoreBackup(options: {
  config: Config;
  file: string;
  log: Logger;
}): Promise<{ previous: string | null; conversations: number; messages: number }> {
  const { database, root, vectors } = directoryOf(options.config);
  const lock = lockDirectory(root);
  try {
    const found = checkDatabaseFile(options.file);
    const copy = `${database}.restoring`;
    copyFileSync(options.file, copy);
    const previous = existsSync(database) ? setAside(database) : null;
    renameSync(copy, database);
    // Derived from the rows that are gone now; made again from those that came.
    rmSync(vectors, { recursive: true, force: true });
    options.log.info(`Restored ${found.conversations} conversations from ${options.file}`);
    return { previous, ...found };
  } finally {
    lock.release();
  }
}

/** Folds the write-ahead log into the file first, so that the kept copy is whole by itself. */
function setAside(database: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const previous = `${database}.before-restore-${stamp}`;
  try {
    const connection = new DatabaseSync(database);
    connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    connection.close();
    renameSync(database, previous);
  } catch (error) {
    // A damaged file is often why a backup is restored: keep it with its log as they are.
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(database + suffix)) renameSync(database + suffix, previous + suffix);
    }
    if (!existsSync(previous)) throw new SekhaError("unavailable", errorMessage(error));
  }
  for (const suffix of ["-wal", "-shm"]) rmSync(database + suffix, { force: true });
  return previous;
}
