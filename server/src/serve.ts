import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { configuredKeys, controllerKeyOf } from "./compose/access.ts";
import { type Composed, composeServices } from "./compose/composed-services.ts";
import { isPostgres } from "./compose/database-kind.ts";
import { drain, type Listening, listen } from "./compose/listening.ts";
import type { McpHttpOptions } from "./compose/mcp-http.ts";
import type { StorageMigrationOptions } from "./compose/storage-migration.ts";
import type { V1Migration } from "./compose/v1-data.ts";
import type { Config } from "./config/config.ts";
import { missingForProxy } from "./config/proxy-needs.ts";
import { type ServiceName, serviceNames } from "./config/server-section.ts";
import { LOCAL_OWNER } from "./core/conversations/conversation.ts";
import { errorMessage, SekhaError } from "./core/errors.ts";
import { ALL_SCOPES, type RequestContext } from "./http/request-context.ts";
import type { Logger } from "./logger.ts";
import type { StandIn } from "./stand-in.ts";
import {
  type DataDirectory,
  type DirectoryLock,
  dataDirectoryAt,
  listeningOwner,
  lockDirectory,
} from "./storage/data-directory.ts";
import type { StorageMigration } from "./storage/migrate-storage/storage-migration.ts";
import type { RowSecurity } from "./storage/postgres/row-security.ts";
import { checkDatabaseFile } from "./storage/sqlite/check-database-file.ts";
import { takeDirectory } from "./take-directory.ts";

export { createLogger } from "./logger.ts";

export interface RunningServices {
  addresses: { name: string; url: string }[];
  /** The key that the first start beyond loopback made; shown this once. */
  firstKey: string | null;
  /** Takes a changed configuration: providers, models, routing and budgets at once, the rest at the next start. */
  reload(config: Config): void;
  /** Answers what is under way, commits, and ends. */
  close(): Promise<void>;
}

/** In the order in which they are composed and listen: each stands on those before it. */
const AVAILABLE = serviceNames;

/** Without a controller a process keeps its own things in a folder apart: a controller may own the other. */
function directoryOf(
  config: Config,
  services: readonly ServiceName[] = ["controller"],
): DataDirectory {
  if (!services.includes("controller")) {
    const name = services.includes("bridge") ? "bridge" : "proxy";
    const root = join(config.dataDirectory, name);
    return dataDirectoryAt(root, `sqlite:${join(root, `${name}.db`)}`);
  }
  const { databaseUrl, dataDirectory } = config;
  if (isPostgres(config)) return dataDirectoryAt(dataDirectory);
  return dataDirectoryAt(dataDirectory, databaseUrl);
}

/** Where the rows are, absolute; it may not exist yet. Null: they are in PostgreSQL. */
export function databaseFile(config: Config): string | null {
  return isPostgres(config) ? null : directoryOf(config).database;
}

/** Starts the services and resolves when they answer. */
export async function startServices(options: {
  config: Config;
  services: readonly string[];
  log: Logger;
}): Promise<RunningServices> {
  const { config, log } = options;
  const services = AVAILABLE.filter((service) => options.services.includes(service));
  if (services.length === 0) {
    throw new SekhaError(
      "invalid_request",
      `Sekha runs ${AVAILABLE.join(", ")}, not ${options.services.join(", ")}.`,
    );
  }
  checkProxyNeeds(config, services);
  const directory = directoryOf(config, services);
  const lock = await takeDirectory(directory.root);
  let composed: Composed | null = null;
  const listening: Listening[] = [];
  try {
    composed = await composeServices({ config, directory, log, services });
    for (const { name, app, address } of composed.faces) {
      const one = await listen(app, { name, ...address });
      listening.push(one);
      log.info(`${name} listens on ${one.url}, data in ${directory.root}`);
    }
    lock.announce(listening[0]?.url ?? "");
    return running({ composed, lock, listening, config, log });
  } catch (error) {
    await Promise.allSettled(listening.map(({ server }) => drain(server, 0)));
    await composed?.close().catch(() => undefined);
    lock.release();
    throw error;
  }
}

/** What the configuration's own check could not know: which services were named on the command line. */
function checkProxyNeeds(config: Config, services: readonly ServiceName[]): void {
  const { llmBridgeUrl, controllerUrl, proxyApiKey } = config;
  const controllerApiKey = controllerKeyOf(config);
  const keys = [proxyApiKey, ...configuredKeys(config).map(({ key }) => key)];
  const proxyHost = config.proxy.host;
  const needs = { llmBridgeUrl, controllerUrl, controllerApiKey, proxyHost, keys };
  const [missing] = missingForProxy(services, needs);
  if (missing === undefined) return;
  const { path, message, hint } = missing;
  throw new SekhaError("invalid_request", `${path.join(".")} ${message} ${hint}`);
}

function running(parts: {
  composed: Composed;
  lock: DirectoryLock;
  listening: readonly Listening[];
  config: Config;
  log: Logger;
}): RunningServices {
  const { composed, lock, listening, config, log } = parts;
  let closing: Promise<void> | null = null;
  const close = async () => {
    log.info("Stopping: requests under way are answered first");
    const limitMs = config.server.shutdownTimeoutSecs * 1000;
    await Promise.all(listening.map(({ server }) => drain(server, limitMs)));
    await composed.close();
    lock.release();
    log.info("Stopped");
  };
  return {
    addresses: listening.map(({ name, url }) => ({ name, url })),
    firstKey: composed.firstKey,
    reload: composed.reload,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/**
 * Opens the data directory in this process, for a command while no server runs.
 * @throws SekhaError `conflict` when another process owns it.
 */
export async function openMemory(options: { config: Config; log: Logger }): Promise<{
  fetch: (request: Request) => Promise<Response>;
  /** The bridge of this process; null where another one is configured. */
  bridge: ((request: Request) => Promise<Response>) | null;
  close(): Promise<void>;
}> {
  const directory = directoryOf(options.config);
  const lock = lockDirectory(directory.root);
  try {
    const { composeMemory } = await import("./compose/compose.ts");
    const memory = await composeMemory({
      ...options,
      directory,
      serving: false,
      withBridge: options.config.llmBridgeUrl === undefined,
    });
    const { controller, bridge } = memory;
    return {
      fetch: (request) => controller.fetch(request, ownContext(request)),
      bridge: bridge && ((request) => bridge.fetch(request, ownContext(request))),
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

/** A command in this process is its owner. */
function ownContext({ signal }: Request): RequestContext {
  return { owner: LOCAL_OWNER, peerAddress: null, injected: true, scopes: ALL_SCOPES, signal };
}

/** How version 1's memory comes into this data directory. */
export async function openV1Migration(config: Config): Promise<V1Migration> {
  const { v1Migration } = await import("./compose/v1-data.ts");
  return v1Migration(config, directoryOf(config));
}

/** Both engines' rows, to move a memory from one to the other. */
export async function openStorageMigration(
  options: StorageMigrationOptions,
): Promise<StorageMigration> {
  const storage = await import("./compose/storage-migration.ts");
  return await storage.openStorageMigration(options);
}

/** What keeps users apart in PostgreSQL itself, for doctor; null where the rows are in SQLite. */
export async function rowSecurityOf(config: Config): Promise<RowSecurity | null> {
  if (!isPostgres(config)) return null;
  const security = await import("./storage/postgres/row-security.ts");
  return await security.rowSecurityOf(config.databaseUrl ?? "");
}

/** The server, or stand-in, that owns the data directory, once it listens; null when none does. */
export async function findServer(
  config: Config,
): Promise<{ url: string; pid: number; key?: string | undefined } | null> {
  return listeningOwner(directoryOf(config).root);
}

/** `/mcp` for a controller that runs elsewhere. */
export async function listenMcp(options: McpHttpOptions) {
  const mcp = await import("./compose/mcp-http.ts");
  return mcp.listenMcp(options);
}

/** Opens the data directory and serves it to this machine's programs, until a server wants it. */
export async function openStandIn(options: { config: Config; log: Logger }): Promise<StandIn> {
  const standIn = await import("./stand-in.ts");
  return standIn.openStandIn({ ...options, directory: directoryOf(options.config) });
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
  const lock = await takeDirectory(root);
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
