import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SekhaClient } from "@sekha/sdk";
import type { BridgeApp } from "../apps/bridge/bridge-app.ts";
import type { ControllerApp } from "../apps/controller/controller-app.ts";
import { createProxyMemory } from "../apps/proxy/memory/create-proxy-memory.ts";
import { dryLook } from "../apps/proxy/memory/dry-look.ts";
import { createProxyApp, type ProxyApp, type ProxyAppOptions } from "../apps/proxy/proxy-app.ts";
import type { ControllerLook } from "../apps/proxy/services.ts";
import type { Config } from "../config/config.ts";
import { isLoopback } from "../config/loopback.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import type { ErasureWatcher } from "../core/conversations/conversations.ts";
import { errorMessage } from "../core/errors.ts";
import type { KeyDirectory, KeyVerifier } from "../http/api-keys.ts";
import type { Logger } from "../logger.ts";
import { openProxyDatabase } from "../storage/proxy/proxy-database.ts";
import { VERSION } from "../version.ts";
import { configuredKeys, controllerKeyOf, rateLimitOf } from "./access.ts";
import { CallerKeys } from "./caller-keys.ts";
import { controllerProblem } from "./controller-problem.ts";
import { injectedBridge, remoteBridge } from "./proxy-bridge.ts";

interface ProxyOptions {
  config: Config;
  log: Logger;
  /** Folder for what the proxy must remember itself. */
  root: string;
  /** Null: it runs in another process (`controller_url`). */
  controller: ControllerApp | null;
  /** Null: it runs in another process (`llm_bridge_url`). */
  bridge: BridgeApp | null;
  keys: KeyDirectory;
  /** Figures of the process in /metrics; one service of a process is enough. */
  processMetrics: boolean;
}

const FILE = "proxy.db";
const fineNow = () => performance.timeOrigin + performance.now();

/** The proxy over the controller and the bridge, wherever they are. */
export async function composeProxy(
  options: ProxyOptions,
): Promise<{ app: ProxyApp; forget: ErasureWatcher; close(): Promise<void> }> {
  const { config, log, root, bridge } = options;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const store = await openProxyDatabase(join(root, FILE));
  const { clientOf, elsewhere } = callersOf(options);
  const dependencies = {
    clientOf,
    store,
    settings: { timeoutMs: config.proxy.memoryTimeoutMs },
    log,
    clock: fineNow,
    newId: randomUUID,
  };
  const memory = createProxyMemory(dependencies);
  const app = createProxyApp(
    {
      bridge:
        bridge === null
          ? remoteBridge({ url: config.llmBridgeUrl ?? "", apiKey: config.bridgeApiKey })
          : injectedBridge(bridge, addressOf(config.bridge)),
      memory,
      controller: controllerLook(options, clientOf),
      look: (request) => dryLook(dependencies, request),
      clock: fineNow,
      newId: randomUUID,
    },
    appOptions(options, elsewhere),
  );
  const forget: ErasureWatcher = async (owner, ids) => {
    try {
      await memory.forget(owner, ids);
    } catch (error) {
      log.error(`What the proxy keeps of erased conversations goes later: ${errorMessage(error)}`);
    }
  };
  return { app, forget, close: () => memory.close() };
}

/** Whose keys are whose, and the controller as each of them sees it. */
interface Callers {
  clientOf(owner: string): SekhaClient;
  /** Null where the keys are this process's own. */
  elsewhere: Pick<KeyVerifier, "verify"> | null;
}

/** The controller of this process: it is told for whom it is asked. */
function callersOf(options: ProxyOptions): Callers {
  const { config, controller } = options;
  if (controller === null) return callersOfRemote(config);
  const known = new Map<string, SekhaClient>();
  const clientOf = (owner: string) => {
    const client =
      known.get(owner) ??
      new SekhaClient({
        timeout: config.proxy.controllerTimeoutSecs * 1000,
        retries: 0,
        controllerURL: "http://sekha.internal",
        fetch: (request) =>
          controller.fetch(request, {
            owner,
            scopes: ["read", "write"],
            peerAddress: null,
            injected: true,
            signal: request.signal,
          }),
      });
    known.set(owner, client);
    return client;
  };
  return { clientOf, elsewhere: null };
}

/** A controller elsewhere finds out itself for whom it is asked. */
function callersOfRemote(config: Config): Callers {
  const url = config.controllerUrl ?? "";
  const timeout = config.proxy.controllerTimeoutSecs * 1000;
  const apiKey = controllerKeyOf(config);
  const own = new SekhaClient({ timeout, retries: 0, controllerURL: url, apiKey });
  const keys = new CallerKeys({ url, timeout, own, fetch, clock: fineNow });
  return { clientOf: (owner) => keys.clientOf(owner), elsewhere: keys };
}

function controllerLook(
  { config, controller }: ProxyOptions,
  clientOf: (owner: string) => SekhaClient,
): ControllerLook {
  return {
    url: controller === null ? (config.controllerUrl ?? "") : addressOf(config.server),
    problem: () => controllerProblem(clientOf(LOCAL_OWNER)),
  };
}

function appOptions(
  { config, log, keys, processMetrics }: ProxyOptions,
  elsewhere: Callers["elsewhere"],
): ProxyAppOptions {
  const { proxy } = config;
  return {
    authentication: {
      keys: [
        ...(config.proxyApiKey === undefined
          ? []
          : [{ key: config.proxyApiKey, name: "proxy_api_key" }]),
        ...configuredKeys(config),
      ],
      directory: keys,
      ...(elsewhere === null ? {} : { elsewhere }),
      required: !isLoopback(proxy.host),
      localOwner: LOCAL_OWNER,
      allowedHosts: [...config.server.allowedHosts],
    },
    cors: { enabled: config.corsEnabled, origins: [...config.corsOrigins] },
    rateLimit: rateLimitOf(config),
    bodyLimit: config.bodyLimits.proxy,
    timeoutMs: proxy.llmTimeoutSecs * 1000,
    defaults: {
      recall: proxy.autoInjectContext,
      folder: proxy.defaultFolder,
      excludedFolders: proxy.excludedFolders,
      preferredLabels: proxy.preferredLabels,
      contextBudget: proxy.contextTokenBudget,
      chatModel: proxy.preferredChatModel,
      visionModel: proxy.preferredVisionModel,
    },
    version: VERSION,
    processMetrics,
    logger: log,
  };
}

function addressOf({ host, port }: { host: string; port: number }): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
