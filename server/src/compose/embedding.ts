import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { EmbeddingWork } from "../core/embedding/embedding-work.ts";
import { EmbeddingService } from "../core/embedding/embeddings.ts";
import { ModelsInUse } from "../core/embedding/models-in-use.ts";
import { errorMessage, SekhaError } from "../core/errors.ts";
import type { EmbeddingModel, EmbeddingModels } from "../core/ports/embedding-model.ts";
import type { Logger } from "../logger.ts";
import { gatewayEmbeddings, remoteEmbeddings } from "./embed-requests.ts";
import { ConfiguredModels } from "./embedding-models.ts";
import type { LlmLayer } from "./llm-layer.ts";
import type { Stores } from "./stores.ts";

interface EmbeddingOptions {
  config: Config;
  log: Logger;
  serving: boolean;
  stores: Stores;
  /** The model inside Sekha. */
  embedded: EmbeddingModel;
  /** Null: the bridge runs in another process. */
  llm: LlmLayer | null;
}

/** How memory gets its vectors: models, background work, and what HTTP sees of it. */
export interface Embedding {
  models: EmbeddingModels;
  work: EmbeddingWork;
  service: EmbeddingService;
  /** Begins the background work; once. */
  begin(): Promise<void>;
  onStored: () => void;
  /** Rejects when the current model cannot be used, as far as is known without asking a provider. */
  modelReady(): Promise<void>;
  reload(config: Config): void;
  close(): Promise<void>;
}

const now = () => Date.now();

const sleep = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

export async function composeEmbedding(options: EmbeddingOptions): Promise<Embedding> {
  const { config, log, serving, stores, embedded, llm } = options;
  const { rows, vectors } = stores;
  const configured = new ConfiguredModels({
    config,
    embedded,
    embed: llm === null ? remoteEmbeddings(remoteBridgeOf(config)) : gatewayEmbeddings(llm.gateway),
    knownDimensions: new Map(
      (await rows.embeddingModels()).map(({ id, dimension }) => [id, dimension]),
    ),
  });
  const models = new ModelsInUse({
    current: () => configured.current(),
    find: (id, dimension) => configured.find(id, dimension),
    vectors,
    clock: now,
  });
  const work = composeWork(options, models);
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
    models,
    queue: rows.queue,
    vectors,
    store: rows.conversations,
    jobs: rows.jobs,
    log,
    clock: now,
    newId: randomUUID,
    sleep,
  });
  return {
    models,
    work,
    service,
    begin,
    onStored,
    modelReady: async () => {
      if (models.current === embedded) await embedded.ready();
      else checkProviders(llm, models.current);
    },
    reload: (changed) => {
      configured.reload(changed);
      work.wake();
    },
    close: async () => {
      await configured.close();
      await embedded.close();
    },
  };
}

function composeWork({ config, log, stores }: EmbeddingOptions, models: EmbeddingModels) {
  const { embeddings } = config;
  const { rows, vectors } = stores;
  return new EmbeddingWork({
    queue: rows.queue,
    models,
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
}

/** @throws SekhaError without an address. */
export function remoteBridgeOf({ llmBridgeUrl, bridgeApiKey }: Config) {
  if (llmBridgeUrl === undefined) {
    throw new SekhaError(
      "invalid_request",
      "llm_bridge_url (LLM_BRIDGE_URL) is missing: the bridge does not run in this process.",
    );
  }
  return {
    url: llmBridgeUrl.replace(/\/+$/, ""),
    apiKey: bridgeApiKey,
    fetch: globalThis.fetch,
  };
}

/** From what is known of the providers, since health must cost nothing. */
function checkProviders(llm: LlmLayer | null, model: EmbeddingModel): void {
  const serving = llm?.gateway
    .health()
    .filter(({ models }) => models.some(({ modelId }) => modelId === model.name));
  if (serving === undefined || serving.length === 0) return;
  const isOut = serving.every(({ status }) => status === "unhealthy" || status === "misconfigured");
  if (!isOut) return;
  const reasons = serving.map(({ provider, lastError, status }) => {
    return `${provider.id}: ${lastError ?? status}`;
  });
  throw new Error(`${model.name} cannot be asked (${reasons.join("; ")})`);
}
