import { randomUUID } from "node:crypto";
import process from "node:process";
import type { BridgeApp } from "../apps/bridge/bridge-app.ts";
import { type ControllerApp, createControllerApp } from "../apps/controller/controller-app.ts";
import type { ControllerServices } from "../apps/controller/services.ts";
import type { Config } from "../config/config.ts";
import { ContextAssembly } from "../core/context/context-assembly.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import { Conversations } from "../core/conversations/conversations.ts";
import { errorMessage } from "../core/errors.ts";
import { LabelSuggestions } from "../core/labels/label-suggestions.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import { NO_FACTS } from "../core/ports/fact-store.ts";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import { Pruning } from "../core/pruning/pruning.ts";
import { Search } from "../core/search/search.ts";
import type { ConversationSummaries } from "../core/summaries/conversation-summaries.ts";
import { isLoopback } from "../http/local-caller.ts";
import { countTokens } from "../llm/money/token-counter.ts";
import type { Logger } from "../logger.ts";
import { createFolders, type DataDirectory } from "../storage/data-directory.ts";
import { VERSION } from "../version.ts";
import { configuredKeys, rateLimitOf } from "./access.ts";
import { composeBridgeApp } from "./bridge.ts";
import { configReport } from "./config-report.ts";
import { composeEmbeddedModel } from "./embedded-model.ts";
import { composeEmbedding, type Embedding } from "./embedding.ts";
import { extractFacts } from "./facts.ts";
import { HealthCheck } from "./health-check.ts";
import { ImportWatcher } from "./import-watcher.ts";
import { refineImportance } from "./importance.ts";
import { composeLanguageTasks } from "./language-tasks.ts";
import { composeLlmLayer, type LlmLayer } from "./llm-layer.ts";
import { composeMcp } from "./mcp.ts";
import { goOnWithJobs } from "./orphaned-jobs.ts";
import { openStores, type Stores } from "./stores.ts";
import { composeSummaries } from "./summaries.ts";
import { TransferService } from "./transfer-service.ts";

export interface ComposeOptions {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  /** False for a command that opens the directory itself: models load and queues run on demand. */
  serving: boolean;
  /** Whether the bridge answers in this process, beside the controller. */
  withBridge: boolean;
}

/** One memory with everything it needs, behind the controller's fetch handler. */
export interface Memory {
  controller: ControllerApp;
  /** Null where it runs in another process, or nothing serves it. */
  bridge: BridgeApp | null;
  services: ControllerServices;
  keyNeeded: boolean;
  /** Takes what may change while it runs: providers, models, routing, budgets. */
  reload(config: Config): void;
  close(): Promise<void>;
}

/** How long a command waits for the model that it loads itself. */
const COMMAND_TIMEOUT_MS = 15_000;

const now = () => Date.now();

/** Milliseconds since the epoch with fractions, so that durations get finer. */
const fineNow = () => performance.timeOrigin + performance.now();

/** The composition root: config → stores → models → core → controller and bridge. */
export async function composeMemory(options: ComposeOptions): Promise<Memory> {
  const { config, directory, log, serving } = options;
  createFolders(directory);
  const stores = await openStores({ config, directory, log, serving });
  const embedded = composeEmbeddedModel(config, log);
  const llm = await composeOwnLlmLayer(options, { stores, embedded }).catch(closing(stores));
  try {
    return await assemble(options, { stores, embedded, llm });
  } catch (error) {
    await Promise.allSettled([llm?.close(), embedded.close(), stores.close()]);
    throw error;
  }
}

/** Injected where the bridge is part of this process or nobody says where it is; else it is asked over HTTP. */
async function composeOwnLlmLayer(
  { config, log, withBridge }: ComposeOptions,
  { stores, embedded }: { stores: Stores; embedded: EmbeddingModel },
): Promise<LlmLayer | null> {
  if (!withBridge && config.llmBridgeUrl !== undefined) return null;
  return composeLlmLayer({ config, log, embedded, costs: stores.rows.costs });
}

function closing(...opened: { close(): Promise<void> }[]): (error: unknown) => Promise<never> {
  return async (error) => {
    await Promise.allSettled(opened.map((one) => one.close()));
    throw error;
  };
}

interface Engines {
  stores: Stores;
  embedded: EmbeddingModel;
  llm: LlmLayer | null;
}

async function assemble(options: ComposeOptions, engines: Engines): Promise<Memory> {
  const { config, directory, log, serving } = options;
  const { stores, llm } = engines;
  const languageTasks = composeLanguageTasks(config, llm);
  const embedding = await composeEmbedding({ config, log, serving, ...engines });
  const transfer = composeTransfer(options, stores, embedding);
  const { ofConversations: summaries, schedule } = composeSummaries({
    ...{ stores, log, tasks: languageTasks },
  });
  const parts = { embedding, transfer, languageTasks, summaries };
  const bridge = bridgeOf(options, engines);
  const mcp = composeMcp({ config, log, controller: () => controller, bridge: () => bridge });
  const services = { ...composeServices(options, engines, parts), mcp };
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
  const byModel = { config, stores, tasks: languageTasks, log };
  const judged = serving ? refineImportance(byModel, stopping.signal) : Promise.resolve();
  const extracted = serving ? extractFacts(byModel, stopping.signal) : Promise.resolve();
  if (serving) {
    log.info("EmbeddingService initialized with v2.0 bridge routing");
    await embedding.begin();
    const { pruning } = services;
    await goOnWithJobs(
      { log, stores, transfer, pruning, embeddings: embedding.service },
      stopping.signal,
    );
    warmUp(options, engines, { embedding, signal: stopping.signal });
    if (config.import.watch) watcher.start();
    if (config.summarizationEnabled) schedule.start();
  }
  return {
    controller,
    bridge,
    services,
    keyNeeded,
    reload: (changed) => {
      llm?.reload(changed);
      embedding.reload(changed);
    },
    close: async () => {
      stopping.abort();
      await Promise.all([judged, extracted, schedule.stop()]);
      await Promise.all([serving ? watcher.stop() : undefined, transfer.stop()]);
      await embedding.service.stop();
      await embedding.work.stop();
      await llm?.close();
      await embedding.close();
      await stores.close();
    },
  };
}

function composeTransfer(
  { config, directory, log }: ComposeOptions,
  { rows }: Stores,
  embedding: Embedding,
): TransferService {
  return new TransferService({
    store: rows.conversations,
    jobs: rows.jobs,
    backup: rows.backup,
    onStored: embedding.onStored,
    temporary: directory.temporary,
    uploadLimit: config.bodyLimits.import,
    log,
    clock: now,
    newId: randomUUID,
  });
}

/** Goes on beside the start; searches and the queue wait for what they need of it. */
function warmUp(
  { log }: ComposeOptions,
  { stores, embedded }: Engines,
  { embedding, signal }: { embedding: Embedding; signal: AbortSignal },
): void {
  const { current } = embedding.models;
  // Another model's provider is asked with the first text, not for nothing at each start.
  if (current === embedded) {
    embedded.ready().catch((error: unknown) => {
      if (signal.aborted) return;
      log.error(`The embedding model cannot be used: ${errorMessage(error)}`);
    });
  }
  if (current.identity !== null) {
    void stores.warm(LOCAL_OWNER, current.identity).catch(() => undefined);
  }
  void stores.rows.warm(LOCAL_OWNER, signal).catch(() => undefined);
}

function bridgeOf(
  { config, log, withBridge }: ComposeOptions,
  { stores, llm }: Engines,
): BridgeApp | null {
  if (!withBridge || llm === null) return null;
  const { keys, check } = stores.rows;
  return composeBridgeApp({ config, log, llm, keys, checkCosts: check, processMetrics: false });
}

function composeServices(
  { config, serving }: ComposeOptions,
  { stores }: Engines,
  parts: {
    embedding: Embedding;
    transfer: TransferService;
    languageTasks: LanguageTasks;
    summaries: ConversationSummaries;
  },
): Omit<ControllerServices, "mcp"> {
  const { rows, vectors } = stores;
  const { conversations } = rows;
  const health = composeHealth(stores, parts.embedding);
  const recall = composeSearch(config, { serving, stores, embedding: parts.embedding });
  const memory = new Conversations({
    store: conversations,
    vectors,
    onStored: parts.embedding.onStored,
  });
  return {
    conversations: memory,
    pruning: new Pruning({
      conversations: memory,
      store: conversations,
      jobs: rows.jobs,
      counter: { count: countTokens },
      clock: now,
      newId: randomUUID,
    }),
    store: conversations,
    recall,
    context: new ContextAssembly({
      recall,
      store: conversations,
      summaries: rows.summaries,
      facts: config.facts.extract ? rows.facts : NO_FACTS,
      counter: { count: countTokens },
      clock: now,
    }),
    languageTasks: parts.languageTasks,
    labels: new LabelSuggestions({
      store: conversations,
      conversations: memory,
      recall,
      tasks: parts.languageTasks,
    }),
    summaries: parts.summaries,
    storedSummaries: rows.summaries,
    facts: rows.facts,
    embeddings: parts.embedding.service,
    jobs: rows.jobs,
    keys: rows.keys,
    users: rows.users,
    transfer: parts.transfer,
    health: () => health.health(),
    validateConfig: (text) => configReport(text, config),
    figures: async () => {
      const [totals, queue] = await Promise.all([rows.totals(), rows.queue.status(null, now())]);
      const { pending, processing, parked } = queue;
      return { ...totals, queue: { pending, processing, parked } };
    },
    clock: fineNow,
    newId: randomUUID,
  };
}

function composeHealth({ rows, vectors }: Stores, embedding: Embedding): HealthCheck {
  return new HealthCheck({
    checkRows: rows.check,
    checkVectors: () => vectors.check(),
    modelReady: () => embedding.modelReady(),
    version: VERSION,
    clock: now,
    startedAt: now(),
  });
}

function composeSearch(
  config: Config,
  { serving, stores, embedding }: { serving: boolean; stores: Stores; embedding: Embedding },
): Search {
  return new Search({
    index: stores.rows.index,
    vectors: stores.vectors,
    models: embedding.models,
    clock: now,
    // A command has just begun to load the model, and nobody else waits for it.
    ...(serving
      ? patienceOf(config)
      : { semanticTimeoutMs: COMMAND_TIMEOUT_MS, providerTimeoutMs: COMMAND_TIMEOUT_MS }),
  });
}

/** A model inside Sekha takes milliseconds, one behind a network a second now and then. */
function patienceOf({ search: { semanticTimeoutMs } }: Config) {
  return {
    semanticTimeoutMs: semanticTimeoutMs ?? 400,
    providerTimeoutMs: semanticTimeoutMs ?? 2000,
  };
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}

function controllerOptions({ config, log }: ComposeOptions, keyNeeded: boolean) {
  return {
    authentication: {
      keys: configuredKeys(config),
      required: keyNeeded,
      localOwner: LOCAL_OWNER,
      allowedHosts: [...config.server.allowedHosts],
    },
    cors: { enabled: config.corsEnabled, origins: [...config.corsOrigins] },
    rateLimit: rateLimitOf(config),
    bodyLimit: config.bodyLimits.controller,
    about: { version: VERSION, node: process.version },
    logger: log,
    processMetrics: true,
  };
}
