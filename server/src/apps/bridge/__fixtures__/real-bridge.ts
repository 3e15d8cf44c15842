import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import type { ScriptedProvider } from "../../../../../test/support/scripted-provider/scripted-provider.ts";
import { listenerOf } from "../../../http/socket-face.ts";
import {
  FakeBudget,
  modelOf,
  providerOf,
  settingsOf,
} from "../../../llm/execution/__fixtures__/gateway-world.ts";
import { systemTimer } from "../../../llm/execution/timer.ts";
import type { Gateway } from "../../../llm/gateway.ts";
import { createModelGateway } from "../../../llm/model-gateway.ts";
import { resolvePrices } from "../../../llm/money/prices.ts";
import { createBuiltinText } from "../../../llm/providers/builtin/builtin-text.ts";
import { createProvider } from "../../../llm/providers/create-provider.ts";
import type { ProviderType } from "../../../llm/registry/entries.ts";
import { TextTasks } from "../../../llm/tasks/text-tasks.ts";
import { createImageFetcher } from "../../../llm/vision/guarded-fetch.ts";
import { createImageFiles } from "../../../llm/vision/image-files.ts";
import { prepareImages } from "../../../llm/vision/images.ts";
import { type BridgeApp, createBridgeApp } from "../bridge-app.ts";
import { FAKE_COSTS, OPEN } from "./fake-bridge.ts";

/** Types that go over HTTP. */
export const PROVIDER_TYPES = ["openai", "anthropic", "openrouter", "litellm", "ollama"] as const;
export type RemoteType = (typeof PROVIDER_TYPES)[number];

const PATHS: Record<RemoteType, string> = {
  openai: "/v1",
  anthropic: "",
  openrouter: "/api/v1",
  litellm: "/v1",
  ollama: "",
};

export interface RealBridge {
  app: BridgeApp;
  gateway: Gateway;
  /** Such as `http://127.0.0.1:49152`. */
  url: string;
  close(): Promise<void>;
}

/** The bridge on a real gateway, with one provider of a type, behind a real socket. */
export async function startRealBridge(
  provider: ScriptedProvider,
  type: RemoteType,
): Promise<RealBridge> {
  const gateway = realGateway(provider, type);
  const app = realApp(gateway);
  const server = createServer(listenerOf(app, "127.0.0.1")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    app,
    gateway,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await gateway.close();
    },
  };
}

function realGateway(scripted: ScriptedProvider, type: RemoteType): Gateway {
  const { origin } = scripted;
  const visionCapabilities = {
    maxImages: 4,
    maxImageSizeMb: 1,
    supportedFormats: ["png", "jpg", "jpeg"],
  };
  const chat = modelOf({
    modelId: "chat",
    task: ["chat_smart", "vision"],
    contextWindow: 128_000,
    supportsVision: true,
    visionCapabilities,
    costPer1kInput: 0.001,
    costPer1kOutput: 0.002,
  });
  const embed = modelOf({
    modelId: "embed",
    task: ["embedding"],
    dimension: 8,
    costPer1kInput: 0.0001,
  });
  const models = type === "anthropic" ? [chat] : [chat, embed];
  const providerType: ProviderType = type;
  const settings = settingsOf([
    providerOf(`the-${type}`, models, { providerType, baseUrl: `${origin}${PATHS[type]}` }),
  ]);
  const fetcher = createImageFetcher({
    enabled: true,
    lookup: async () => [{ address: "127.0.0.1", family: 4 }],
    maxBytes: 1_048_576,
    timeoutMs: 5000,
    maxRedirects: 1,
  });
  const files = createImageFiles([]);
  return createModelGateway({
    settings,
    createProvider: (entry) =>
      createProvider(entry, {
        clock: () => Date.now(),
        newId: randomUUID,
        builtin: () => {
          throw new Error("No provider of this test is built in");
        },
      }),
    prices: (provider, model) => resolvePrices(provider, model),
    budget: new FakeBudget(),
    budgetRefusal: () => null,
    prepareImages: (request, call) => prepareImages(request, { ...call, fetcher, files }),
    observer: {
      attempt: () => undefined,
      answered: () => undefined,
      refused: () => undefined,
    },
    clock: () => performance.now(),
    now: () => Date.now(),
    setTimer: systemTimer,
    log: SILENT,
  });
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function realApp(gateway: Gateway): BridgeApp {
  return createBridgeApp(
    {
      gateway,
      tasks: new TextTasks({ gateway, builtin: createBuiltinText() }),
      costs: FAKE_COSTS,
      health: async () => ({}),
      clock: () => Date.now(),
      newId: randomUUID,
    },
    {
      authentication: OPEN,
      cors: { enabled: false, origins: [] },
      rateLimit: { perMinute: 0, trustProxy: false },
      bodyLimit: 10 * 1_048_576,
      version: "2.0.0",
      registry: new Registry(),
      processMetrics: false,
      logger: SILENT,
    },
  );
}
