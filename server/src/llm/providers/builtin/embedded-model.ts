import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { MODEL, MODEL_FILE, TOKENIZER_FILE } from "@sekha/model-minilm";
import { SekhaError } from "../../../core/errors.ts";
import type {
  EmbeddedChunk,
  EmbeddingModel,
  EmbeddingModelIdentity,
} from "../../../core/ports/embedding-model.ts";
import {
  type CheckedFile,
  type RuntimeChoice,
  type RuntimeName,
  unitLength,
} from "./embedding-runtime.ts";
import { ExitGuard } from "./exit-guard.ts";
import { QueryCache } from "./query-cache.ts";
import { type PoolLog, WorkerPool } from "./worker-pool.ts";
import type { TokenizedChunk, WorkerSettings } from "./worker-protocol.ts";

/** The embedding model inside the product: needs no server, no key and no network. */
export interface EmbeddedModel extends EmbeddingModel {
  /** Known once ready. */
  readonly runtime: RuntimeName | undefined;
}

export interface EmbeddedModelOptions {
  log: PoolLog;
  /** Threads for documents, beside the one for queries. Default: all cores but one, 1 to 4. */
  backgroundThreads?: number;
  /** Takes this runtime or fails. Default: the fastest that loads. */
  runtime?: RuntimeChoice;
  /** Default: the files of @sekha/model-minilm. */
  files?: { model: CheckedFile; tokenizer: CheckedFile };
  /** Milliseconds until a worker's restart after so many crashes in a row. */
  restartDelay?: (crashes: number) => number;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

export const EMBEDDED_MODEL_IDENTITY: EmbeddingModelIdentity = {
  name: MODEL.name,
  id: `${MODEL.name}@${MODEL.quantization}`,
  dimension: MODEL.dimension,
};

type StartSettings = Omit<WorkerSettings, "busy">;

const OVERLAP_TOKENS = 32;
const BACKGROUND_NICENESS = 10;
/** A second job waits inside the worker, so that a busy main thread does not leave it idle. */
const DOCUMENT_DEPTH = 2;
/** Far above what a text of 1 MB takes; more ends the thread, not the process. */
const WORKER_HEAP_MEGABYTES = 512;
/** Saves some 10 MB a worker against the default at the same speed. */
const WORKER_YOUNG_HEAP_MEGABYTES = 8;
/** A worker takes some 115 MB of memory, so that many cores do not mean many workers. */
const MOST_DEFAULT_BACKGROUND_THREADS = 4;
const CACHED_QUERIES = 512;
/** A longer query is read at its beginning and its end, where the question usually is. */
const QUERY_CHUNKS = 8;
const LONGEST_RESTART_DELAY_MILLISECONDS = 30_000;

/** Starts loading at once; requests wait until it is done. */
export function createEmbeddedModel(options: EmbeddedModelOptions): EmbeddedModel {
  return new BuiltinEmbeddingModel(options);
}

class BuiltinEmbeddingModel implements EmbeddedModel {
  readonly identity = EMBEDDED_MODEL_IDENTITY;
  readonly #queries: WorkerPool;
  readonly #documents: WorkerPool;
  readonly #exitGuard = new ExitGuard();
  readonly #cache = new QueryCache(CACHED_QUERIES);
  readonly #ready: Promise<void>;
  #runtime: RuntimeName | undefined;

  constructor(options: EmbeddedModelOptions) {
    const { log, restartDelay = exponentialDelay, now = () => performance.now() } = options;
    const startedAt = now();
    const shared = { log, restartDelay };
    this.#queries = new WorkerPool({
      ...shared,
      label: "query",
      size: 1,
      depth: 1,
      start: this.#workerStarter("query", settingsOf(options, 0)),
    });
    this.#documents = new WorkerPool({
      ...shared,
      label: "document",
      size: options.backgroundThreads ?? defaultBackgroundThreads(),
      depth: DOCUMENT_DEPTH,
      start: this.#workerStarter("document", settingsOf(options, BACKGROUND_NICENESS)),
    });
    this.#ready = this.#load(log, () => now() - startedAt);
    // Whoever asks through ready() gets the error; nobody asking is no crash of the process.
    this.#ready.catch(() => undefined);
  }

  get runtime(): RuntimeName | undefined {
    return this.#runtime;
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array> {
    if (text.trim() === "") throw nothingToEmbed();
    signal?.throwIfAborted();
    const cached = this.#cache.get(text);
    if (cached) return cached;
    const answer = await this.#queries.run("query", text, signal);
    const vector = answer instanceof Float32Array ? answer : await this.#embedLong(answer, signal);
    this.#cache.set(text, vector);
    return vector;
  }

  /** Chunk by chunk, so that a long query does not hold up a short one. */
  async #embedLong(chunks: TokenizedChunk[], signal?: AbortSignal): Promise<Float32Array> {
    if (chunks.length === 0) throw nothingToEmbed();
    const vectors = await Promise.all(
      outermost(chunks, QUERY_CHUNKS).map(({ tokenIds }) =>
        this.#queries.run("embed", tokenIds, signal),
      ),
    );
    return meanDirection(vectors);
  }

  async embedDocument(text: string, signal?: AbortSignal): Promise<EmbeddedChunk[]> {
    signal?.throwIfAborted();
    if (text.trim() === "") return [];
    const chunks = await this.#documents.run("chunk", text, signal);
    const embedded: EmbeddedChunk[] = [];
    // Few chunks wait at a time, so that a long document does not hold up the short ones.
    await inLanes(chunks, this.#documents.size * DOCUMENT_DEPTH, async (chunk, index) => {
      const vector = await this.#documents.run("embed", chunk.tokenIds, signal);
      embedded[index] = { start: chunk.start, end: chunk.end, vector };
    });
    return embedded;
  }

  async close(): Promise<void> {
    await Promise.all([this.#queries.close(), this.#documents.close()]);
    this.#exitGuard.release();
  }

  #workerStarter(name: string, settings: StartSettings): () => Worker {
    return () => this.#exitGuard.watch((busy) => startWorker(name, { ...settings, busy }));
  }

  async #load(log: PoolLog, elapsed: () => number): Promise<void> {
    const [{ runtime, warnings }, documents] = await Promise.all([
      this.#queries.ready(),
      this.#documents.ready(),
    ]);
    this.#runtime = runtime;
    for (const warning of new Set([...warnings, ...documents.warnings])) log.warn(warning);
    const { name, dimension } = this.identity;
    log.info(
      `Embedded model ${name} (${MODEL.quantization}, ${dimension} dimensions) ready on ${runtime} in ${Math.round(elapsed())} ms`,
    );
  }
}

/** Does the work for each item, so many at a time. After a failure nothing new is started. */
async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries();
  let failed = false;
  const lane = async () => {
    for (const [index, item] of entries) {
      if (failed) return;
      await work(item, index);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  } catch (error) {
    failed = true;
    throw error;
  }
}

function defaultBackgroundThreads(): number {
  return Math.min(MOST_DEFAULT_BACKGROUND_THREADS, Math.max(1, availableParallelism() - 1));
}

function settingsOf(options: EmbeddedModelOptions, niceness: number): StartSettings {
  const files = options.files ?? {
    model: { path: fileURLToPath(MODEL_FILE), sha256: MODEL.sha256 },
    tokenizer: { path: fileURLToPath(TOKENIZER_FILE), sha256: MODEL.tokenizerSha256 },
  };
  return {
    ...files,
    limits: { maxTokens: MODEL.maxTokens, overlap: OVERLAP_TOKENS },
    runtime: options.runtime,
    niceness,
  };
}

function startWorker(name: string, settings: WorkerSettings): Worker {
  // TypeScript from source, JavaScript once built: the compiler leaves URLs as they are.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./embedding-worker.${extension}`, import.meta.url), {
    name: `sekha-embedding-${name}`,
    workerData: settings,
    resourceLimits: {
      maxOldGenerationSizeMb: WORKER_HEAP_MEGABYTES,
      maxYoungGenerationSizeMb: WORKER_YOUNG_HEAP_MEGABYTES,
    },
  });
}

function exponentialDelay(crashes: number): number {
  return Math.min(LONGEST_RESTART_DELAY_MILLISECONDS, 250 * 2 ** (crashes - 1));
}

function nothingToEmbed(): SekhaError {
  return new SekhaError(
    "invalid_request",
    "The query holds no readable text; give at least a word.",
  );
}

/** The first and the last of a list that is longer than a limit. */
function outermost(chunks: TokenizedChunk[], limit: number): TokenizedChunk[] {
  if (chunks.length <= limit) return chunks;
  return [...chunks.slice(0, limit / 2), ...chunks.slice(-limit / 2)];
}

function meanDirection(vectors: Float32Array[]): Float32Array {
  const [first, ...others] = vectors;
  if (!first || others.length === 0) return first ?? new Float32Array();
  return unitLength(
    first.map((value, index) => others.reduce((sum, other) => sum + (other[index] ?? 0), value)),
  );
}
