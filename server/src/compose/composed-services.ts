import type { BridgeApp } from "../apps/bridge/bridge-app.ts";
import type { ControllerApp } from "../apps/controller/controller-app.ts";
import type { Config } from "../config/config.ts";
import { isLoopback } from "../config/loopback.ts";
import type { ServiceName } from "../config/server-section.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import type { Conversations } from "../core/conversations/conversations.ts";
import { apiKeyPrefix, generateApiKey, hashApiKey, type KeyDirectory } from "../http/api-keys.ts";
import { ALL_SCOPES } from "../http/request-context.ts";
import type { Face } from "../http/socket-face.ts";
import type { Logger } from "../logger.ts";
import type { DataDirectory } from "../storage/data-directory.ts";
import type { Memory } from "./compose.ts";
import { composeEmbeddedModel } from "./embedded-model.ts";

/** What was made of the configuration, before it listens. */
export interface Composed {
  faces: { name: ServiceName; app: Face; address: { host: string; port: number } }[];
  firstKey: string | null;
  reload(config: Config): void;
  close(): Promise<void>;
}

interface ComposeRequest {
  config: Config;
  directory: DataDirectory;
  log: Logger;
  services: readonly ServiceName[];
}

/** The parts of this process that the proxy stands on; null: they run elsewhere. */
interface Composition extends Composed {
  controller: ControllerApp | null;
  bridge: BridgeApp | null;
  keys: KeyDirectory;
  /** Has what is erased here erased there too. */
  watchErased: Conversations["watchErased"];
}

/** The chosen services: what one needs of another is injected where both run here. */
export async function composeServices(request: ComposeRequest): Promise<Composed> {
  const { config, log, directory, services } = request;
  const below = await composeBelow(request);
  if (!services.includes("proxy")) return below;
  try {
    const { composeProxy } = await import("./proxy.ts");
    const { controller, bridge, keys, faces } = below;
    const processMetrics = faces.length === 0;
    const root = directory.root;
    const proxy = await composeProxy({
      config,
      log,
      root,
      controller,
      bridge,
      keys,
      processMetrics,
    });
    below.watchErased(proxy.forget);
    return {
      ...below,
      faces: [...faces, { name: "proxy", app: proxy.app, address: config.proxy }],
      close: async () => {
        await proxy.close();
        await below.close();
      },
    };
  } catch (error) {
    await below.close();
    throw error;
  }
}

/** Each service is imported only where it runs: a bridge alone is half as large. */
async function composeBelow(request: ComposeRequest): Promise<Composition> {
  const { services } = request;
  if (services.includes("controller")) return composeController(request);
  return services.includes("bridge") ? composeBridgeAlone(request) : NOTHING_BELOW;
}

/** Keys that were made with `sekha keys create` are the controller's. */
const NO_STORED_KEYS: KeyDirectory = {
  find: async () => null,
  any: async () => false,
  touch: async () => undefined,
  watch: () => undefined,
};

const NOTHING_BELOW: Composition = {
  faces: [],
  firstKey: null,
  controller: null,
  bridge: null,
  keys: NO_STORED_KEYS,
  // The proxy finds out by itself what a controller elsewhere erased.
  watchErased: () => undefined,
  reload: () => undefined,
  close: async () => undefined,
};

async function composeBridgeAlone(request: ComposeRequest): Promise<Composition> {
  const { config, log, directory } = request;
  const { composeBridge } = await import("./bridge.ts");
  const embedded = composeEmbeddedModel(config, log);
  const { app, llm, close } = await composeBridge({ config, directory, log, embedded });
  return {
    ...NOTHING_BELOW,
    faces: [{ name: "bridge", app, address: config.bridge }],
    bridge: app,
    reload: (changed) => llm.reload(changed),
    close,
  };
}

async function composeController(request: ComposeRequest): Promise<Composition> {
  const { config, log, directory, services } = request;
  const { composeMemory } = await import("./compose.ts");
  const withBridge = services.includes("bridge");
  const memory = await composeMemory({ config, directory, log, serving: true, withBridge });
  try {
    const { controller, bridge } = memory;
    const isNeeded = memory.keyNeeded || asksForKeyBeyondLoopback(config, services);
    const firstKey = isNeeded ? await firstKeyOf(memory, config) : null;
    return {
      faces: [
        { name: "controller", app: controller, address: config.server },
        ...(bridge === null
          ? []
          : [{ name: "bridge" as const, app: bridge, address: config.bridge }]),
      ],
      firstKey,
      controller,
      bridge,
      keys: memory.services.keys,
      watchErased: (watcher) => memory.services.conversations.watchErased(watcher),
      reload: memory.reload,
      close: memory.close,
    };
  } catch (error) {
    await memory.close();
    throw error;
  }
}

/** Whether another service here is reached from elsewhere, and only with a key that the controller keeps. */
function asksForKeyBeyondLoopback(config: Config, services: ComposeRequest["services"]): boolean {
  const { proxy, bridge, bridgeApiKey, auth } = config;
  if (services.includes("proxy") && !isLoopback(proxy.host)) return true;
  const isAsked = auth.bridge === "key" && bridgeApiKey === undefined;
  return services.includes("bridge") && isAsked && !isLoopback(bridge.host);
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
      scopes: [...ALL_SCOPES],
      createdAt: Math.floor(clock()),
      expiresAt: null,
      rotatedAt: null,
      previousUntil: null,
      lastUsedAt: null,
      revokedAt: null,
    },
    hashApiKey(key),
  );
  return key;
}
