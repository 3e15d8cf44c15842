import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { LOCAL_OWNER } from "../core/conversations/conversation.ts";
import type { Logger } from "../logger.ts";
import type { RowStore } from "../storage/row-store.ts";
import {
  type ChromaVectorStore,
  createChromaVectorStore,
} from "../storage/vectors/chroma/chroma-vector-store.ts";

const now = () => Date.now();

const sleep = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

/**
 * The vectors of a memory in ChromaDB, when `chroma_url` is set; else null. Asks nothing yet: a server that is out
 * delays no start.
 */
export function openChromaVectors(
  config: Config,
  rows: RowStore,
  log: Logger,
): ChromaVectorStore | null {
  const { chromaUrl, chromaAuthToken, chromaTenant, chromaDatabase } = config;
  if (chromaUrl === undefined) return null;
  return createChromaVectorStore({
    ...{ url: chromaUrl, authToken: chromaAuthToken },
    ...{ tenant: chromaTenant, database: chromaDatabase },
    rows: {
      ...{ vectors: rows.vectorRows, index: rows.index, queue: rows.queue },
      conversations: rows.conversations,
    },
    legacy: {
      owner: LOCAL_OWNER,
      modelOf: (dimension) => v1EmbeddingModel(config, dimension),
    },
    ...{ log, clock: now, newId: randomUUID, sleep, random: Math.random },
  });
}

/** What v1 embedded with unless it was told otherwise, with any tag. */
const V1_DEFAULT = /^nomic-embed-text(:|$)/;
const MIGRATED_PROVIDER = "ollama_migrated";

/**
 * The model that v1 made its vectors with: they name none. Of the configured models that fit the dimension it is the one
 * that v1's own settings or the migrated ones name, else v1's default, else the first of Ollama, which was all v1 knew.
 */
export function v1EmbeddingModel(config: Config, dimension: number): string | null {
  const fitting = config.llmProviders.flatMap(({ id, providerType, models }) =>
    models
      .filter(({ task }) => task.includes("embedding"))
      .filter((model) => model.dimension === undefined || model.dimension === dimension)
      .map(({ modelId }) => ({ modelId, providerId: id, providerType })),
  );
  const chosen =
    fitting.find(({ modelId }) => modelId === config.embeddingModel) ??
    fitting.find(({ providerId }) => providerId === MIGRATED_PROVIDER) ??
    fitting.find(({ modelId }) => V1_DEFAULT.test(modelId)) ??
    fitting.find(({ providerType }) => providerType === "ollama");
  return chosen?.modelId ?? null;
}
