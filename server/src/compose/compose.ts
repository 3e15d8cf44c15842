import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { type ControllerApp, createControllerApp } from "../apps/controller/controller-app.ts";
import type { ControllerServices } from "../apps/controller/services.ts";
import { checkConfigText } from "../config/check-config-text.ts";
import type { Config } from "../config/config.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import { Conversations } from "../core/conversations/conversations.ts";
import { EmbeddingWork } from "../core/embedding/embedding-work.ts";
import { EmbeddingService } from "../core/embedding/embeddings.ts";
import { errorMessage } from "../core/errors.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import { Search } from "../core/search/search.ts";
import { isLoopback } from "../http/local-caller.ts";
import {
  createEmbeddedModel,
  EMBEDDED_MODEL_IDENTITY,
} from "../llm/providers/builtin/embedded-model.ts";
import type { Logger } from "../logger.ts";
import { createFolders, type DataDirectory } from "../storage/data-directory.ts";
import { openSqliteStore, type SqliteStore } from "../storage/sqlite/sqlite-store.ts";
import {
  createEmbeddedVectorStore,
  type EmbeddedVectorStore,
} from "../storage/vectors/embedded/embedded-vector-store.ts";
import { VERSION } from "../version.ts";
import { HealthCheck } from "./health-check.ts";
import { ImportWatcher } from "./import-watcher.ts";
import { LazyModel } from "./lazy-model.ts";
import { TransferService } from "./transfer-service.ts";

export interface ComposeOptions {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  /** False for a command that opens the directory itself: models load and queues run on demand. */
  serving: boolean;
}

/** One memory with everything it needs, behind the controller's fetch handler. */
export interface Memory {
  controller: ControllerApp;
  services: ControllerServices;
  keyNeeded: boolean;
  close(): Promise<void>;
}

/** How long a command waits for the model that it loads itself. */
const COMMAND_TIMEOUT_MS = 15_000;

const now = () => Date.now();

/** Milliseconds since the epoch with fractions, so that durations get finer. */
const fineNow = () => performance.timeOrigin + performance.now();

const sleep = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

/** Readers beside the writer: one a core, two to four. */
function readerCount(): number {
  return Math.min(4, Math.max(2, availableParallelism()));
}

/** The composition root: config → stores → core → the controller. */
export async function composeMemory(options: ComposeOptions): Promise<Memory> {
  const { directory, log } = options;
  createFolders(directory);
  const store = await openSqliteStore({ file: directory.database, readers: readerCount() });
  const vectors = createEmbeddedVectorStore({
    databaseFile: directory.database,
    directory: directory.vectors,
    log: (level, message) => log[level](message),
  });
  const { threads } = options.config.embeddings;
  const model = new LazyModel(EMBEDDED_MODEL_IDENTITY, () =>
    createEmbeddedModel({ log, ...(threads === undefined ? {} : { backgroundThreads: threads }) }),
  );
  try {
    return await assemble(options, { store, vectors, model });
  } catch (error) {
    await Promise.allSettled([model.close(), vectors.close(), store.close()]);
    throw error;
  }
}

interface Engines {
  store: SqliteStore;
  vectors: EmbeddedVectorStore;
  model: EmbeddingModel;
}

async function assemble(options: ComposeOptions, engines: Engines): Promise<Memory> {
  const { config, directory, log, serving } = options;
  const { store, vectors, model } = engines;
  const background = composeEmbedding(options, engines);
  const transfer = new TransferService({
    store: store.conversations,
    jobs: store.jobs,
    backup: store.backup,
    onStored: background.onStored,
    temporary: directory.temporary,
    uploadLimit: config.bodyLimits.import,
    log,
    clock: now,
    newId: randomUUID,
  });
  const services = composeServices(options, engines, { ...background, transfer });
  const keyNeeded = !isLoopbackHost(config.server.host);
  const controller = createControllerApp(services, controllerOptions(options, keyNeeded));
  const watcher = new ImportWatcher({
    folder: directory.import,
    imported: directory.imported,
    importFile: (path, signal) =>
      transfer.importFile({ owner: LOCAL_OWNER, path, folder: null, signal }),
    log,
    clock: now,
  });
  const stopping = new AbortController();
  if (serving) {
    await transfer.start();
    await background.begin();
    await background.service.start();
    // Loading goes on beside the start; searches and the queue wait for it.
    model.ready().catch((error: unknown) => {
      log.error(`The embedding model cannot be used: ${errorMessage(error)}`);
    });
    void vectors.warm(LOCAL_OWNER, model.identity).catch(() => undefined);
    void store.warm(LOCAL_OWNER, stopping.signal).catch(() => undefined);
    if (config.import.watch) watcher.start();
  }
  return {
    controller,
    services,
    keyNeeded,
    close: async () => {
      stopping.abort();
      await Promise.all([serving ? watcher.stop() : undefined, transfer.stop()]);
      await background.service.stop();
      await background.work.stop();
      await Promise.all([model.close(), vectors.close()]);
      await store.close();
    },
  };
}

function composeEmbedding({ config, log, serving }: ComposeOptions, engines: Engines) {
  const { store, vectors, model } = engines;
  const { embeddings } = config;
  const work = new EmbeddingWork({
    queue: store.queue,
    model,
    vectors,
    log,
    clock: now,
    sleep,
    options: {
      batchSize: embeddings.batchSize,
      lanes: embeddings.concurrency,
      maxAttempts: embeddings.maxAttempts,
      retryDelayMs: embeddings.retryDelayMs,
      maxRetryDelayMs: embeddings.maxRetryDelayMs,
    },
  });
  let begun: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    begun ??= work.start();
    return begun;
  };
  const onStored = () => {
    if (!serving) void begin().catch((error: unknown) => log.error(errorMessage(error)));
    work.wake();
  };
  const service = new EmbeddingService({
    work,
    wake: onStored,
    model,
    queue: store.queue,
    vectors,
    store: store.conversations,
    jobs: store.jobs,
    log,
    clock: now,
    newId: randomUUID,
    sleep,
  });
  return { work, service, begin, onStored };
}

function composeServices(
  { config, serving }: ComposeOptions,
  { store, vectors, model }: Engines,
  parts: { service: EmbeddingService; transfer: TransferService; onStored: () => void },
): ControllerServices {
  const { conversations } = store;
  const health = new HealthCheck({
    checkRows: store.check,
    checkVectors: () => vectors.check(),
    modelReady: () => model.ready(),
    version: VERSION,
    clock: now,
    startedAt: now(),
  });
  return {
    conversations: new Conversations({ store: conversations, vectors, onStored: parts.onStored }),
    store: conversations,
    recall: new Search({
      index: store.index,
      vectors,
      model,
      clock: now,
      // A command has just begun to load the model, and nobody else waits for it.
      semanticTimeoutMs: serving ? config.search.semanticTimeoutMs : COMMAND_TIMEOUT_MS,
    }),
    embeddings: parts.service,
    jobs: store.jobs,
    keys: store.keys,
    transfer: parts.transfer,
    health: () => health.health(),
    validateConfig: (text) => {
      const { valid, errors, warnings, notes, summary } = checkConfigText(text, process.env);
      return {
        valid,
        errors: errors.map((problem) => ({ ...problem })),
        warnings: [...warnings.map((warning) => warning.message), ...notes],
        ...(summary === undefined ? {} : { summary: { ...summary } }),
      };
    },
    figures: async () => {
      const { counts, vectors: vectorCount } = await figuresOf(store, vectors);
      return { ...counts, vectors: vectorCount };
    },
    clock: fineNow,
    newId: randomUUID,
  };
}

async function figuresOf(store: SqliteStore, vectors: EmbeddedVectorStore) {
  const [totals, queue, collections] = await Promise.all([
    store.totals(),
    store.queue.status(null, now()),
    vectors.collections(LOCAL_OWNER),
  ]);
  const { pending, processing, parked } = queue;
  return {
    counts: { ...totals, queue: { pending, processing, parked } },
    vectors: collections.reduce((sum, collection) => sum + collection.vectors, 0),
  };
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}

function controllerOptions({ config, log }: ComposeOptions, keyNeeded: boolean) {
  const { mcpApiKey, restApiKey, additionalApiKeys } = config;
  const keys = [
    ...(mcpApiKey === undefined ? [] : [{ key: mcpApiKey, name: "mcp_api_key" }]),
    ...(restApiKey === undefined ? [] : [{ key: restApiKey, name: "rest_api_key" }]),
    ...additionalApiKeys.map((key, index) => ({ key, name: `additional_api_keys.${index}` })),
  ];
  const limited =
    config.rateLimitPerMinute !== undefined || config.rateLimitPerSecond !== undefined;
  return {
    authentication: {
      keys,
      required: keyNeeded,
      localOwner: LOCAL_OWNER,
      allowedHosts: [...config.server.allowedHosts],
    },
    cors: { enabled: config.corsEnabled, origins: [...config.corsOrigins] },
    rateLimit: {
      perMinute: config.rateLimitPerMinute ?? 1000,
      ...(config.rateLimitPerSecond === undefined ? {} : { perSecond: config.rateLimitPerSecond }),
      ...(config.rateLimitBurst === undefined ? {} : { burst: config.rateLimitBurst }),
      trustProxy: false,
      exemptLoopback: !limited,
    },
    bodyLimit: config.bodyLimits.controller,
    about: { version: VERSION, node: process.version },
    logger: log,
    processMetrics: true,
  };
}
