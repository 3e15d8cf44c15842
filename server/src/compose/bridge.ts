import { randomUUID } from "node:crypto";
import process from "node:process";
import { type BridgeApp, createBridgeApp } from "../apps/bridge/bridge-app.ts";
import type { BridgeServices } from "../apps/bridge/services.ts";
import type { Config } from "../config/config.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import { errorMessage } from "../core/errors.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import type { KeyDirectory } from "../http/api-keys.ts";
import { costReport } from "../llm/money/cost-report.ts";
import { createBuiltinText } from "../llm/providers/builtin/builtin-text.ts";
import { TextTasks } from "../llm/tasks/text-tasks.ts";
import type { Logger } from "../logger.ts";
import { createFolders, type DataDirectory } from "../storage/data-directory.ts";
import { openCostDatabase } from "../storage/sqlite/cost-database.ts";
import { VERSION } from "../version.ts";
import { configuredKeys, rateLimitOf } from "./access.ts";
import { composeLlmLayer, type LlmLayer } from "./llm-layer.ts";
import { keepHeapSmall } from "./small-heap.ts";

interface BridgeOptions {
  config: Config;
  log: Logger;
  llm: LlmLayer;
  keys: KeyDirectory;
  /** Rejects when spending cannot be recorded. */
  checkCosts: () => Promise<void>;
  /** Figures of the process in /metrics; one service of a process is enough. */
  processMetrics: boolean;
}

const fineNow = () => performance.timeOrigin + performance.now();

/** The bridge's HTTP face over an LLM layer of this process. */
export function composeBridgeApp(options: BridgeOptions): BridgeApp {
  const { config, log, llm, keys, processMetrics } = options;
  const isBeyondLoopback = config.auth.bridge === "open" && !isLocalHost(config.bridge.host);
  const openAccess = isBeyondLoopback ? "network" : "loopback";
  return createBridgeApp(servicesOf(options), {
    authentication: {
      access: config.auth.bridge === "key" ? "key" : openAccess,
      keys: [
        ...(config.bridgeApiKey === undefined
          ? []
          : [{ key: config.bridgeApiKey, name: "bridge_api_key" }]),
        ...configuredKeys(config),
      ],
      directory: keys,
      localOwner: LOCAL_OWNER,
      allowedHosts: [...config.server.allowedHosts],
    },
    cors: { enabled: config.corsEnabled, origins: [...config.corsOrigins] },
    rateLimit: rateLimitOf(config),
    bodyLimit: config.bodyLimits.bridge,
    version: VERSION,
    registry: llm.metrics,
    processMetrics,
    logger: log,
  });
}

function isLocalHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function servicesOf({ llm, checkCosts }: BridgeOptions): BridgeServices {
  const { gateway, ledger, costs } = llm;
  return {
    gateway,
    tasks: new TextTasks({ gateway, builtin: createBuiltinText() }),
    costs: { report: (owner, query) => costReport({ costs, ledger }, owner, query) },
    health: async () => {
      const failure = await checkCosts().then(
        () => null,
        (error: unknown) => errorMessage(error),
      );
      return {
        costs: failure === null ? { status: "ok" } : { status: "degraded", error: failure },
      };
    },
    clock: fineNow,
    newId: randomUUID,
  };
}

/** A bridge in a process of its own: it keeps what was spent in a database of its own. */
export async function composeBridge(options: {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  embedded: EmbeddingModel;
}): Promise<{ app: BridgeApp; llm: LlmLayer; close(): Promise<void> }> {
  const { config, directory, log, embedded } = options;
  createFolders(directory);
  const database = await openCostDatabase(directory.database);
  try {
    const llm = await composeLlmLayer({ config, log, embedded, costs: database.costs });
    const app = composeBridgeApp({
      config,
      log,
      llm,
      keys: NO_STORED_KEYS,
      checkCosts: async () => {
        await llm.ledger.flush();
      },
      processMetrics: true,
    });
    const close = async () => {
      await llm.close();
      await embedded.close();
      await database.close();
    };
    keepHeapSmall([...process.execArgv, process.env.NODE_OPTIONS ?? ""]);
    return { app, llm, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Keys that were made with `sekha keys create` are the controller's. */
const NO_STORED_KEYS: KeyDirectory = {
  find: async () => null,
  any: async () => false,
  touch: async () => undefined,
  watch: () => undefined,
};
