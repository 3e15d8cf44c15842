import { fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type {
  CreateConversationRequest,
  EmbeddingsStatus,
  Health,
  SearchRequest,
  SearchResponse,
} from "@sekha/sdk/contract";

/** A running Sekha, spoken to over HTTP as any client does. */
export interface Product {
  readonly url: string;
  /** Of every service that runs, by its name; `url` is the controller's. */
  readonly urls: Readonly<Record<string, string>>;
  /** Milliseconds from the start of the process until /health was green. */
  readonly healthyAfterMs: number;
  search(request: SearchRequest): Promise<SearchResponse>;
  post(path: string, body: unknown): Promise<unknown>;
  store(conversations: CreateConversationRequest[]): Promise<void>;
  embeddings(): Promise<EmbeddingsStatus>;
  /** Resident memory of the process in bytes. */
  memory(): Promise<number>;
  /** Seconds of processor time since the start of the process. */
  processorSeconds(): Promise<number>;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL("./product-process.ts", import.meta.url));
const HEALTH_WAIT_MS = 10;
const START_LIMIT_MS = 120_000;
const IDLE_LIMIT_MS = 300_000;
const IDLE_LOOK_MS = 1000;
/** Polling and metrics take some. */
const IDLE_SHARE = 0.08;

/**
 * Starts the product on a data directory and waits until it is healthy. With a configuration (the YAML's keys) the
 * bridge and the proxy run beside the controller, in one process.
 */
export async function startProduct(
  directory: string,
  options: { nodeArguments?: string[]; configuration?: object } = {},
): Promise<Product> {
  const startedAt = performance.now();
  const { configuration } = options;
  const more = configuration === undefined ? [] : [JSON.stringify(configuration)];
  const child = fork(ENTRY, [directory, ...more], {
    execArgv: ["--conditions=source", ...(options.nodeArguments ?? [])],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const end = () => void child.kill();
  process.once("exit", end);
  const urls = await Promise.race([
    once(child, "message").then(([message]) => (message as Pick<Product, "urls">).urls),
    ended.then(([code]) => {
      throw new Error(`The product ended with exit code ${String(code)} at its start`);
    }),
  ]);
  const url = urls.controller ?? "";
  await untilHealthy(url, startedAt);
  const post = (path: string, body: unknown) => postJson(`${url}${path}`, body);
  return {
    url,
    urls,
    healthyAfterMs: performance.now() - startedAt,
    post,
    search: async (request) => (await post("/api/v1/query", request)) as SearchResponse,
    store: async (conversations) => {
      await post("/api/v1/conversations/batch", { conversations });
    },
    embeddings: async () =>
      (await answerOf(await fetch(`${url}/api/v1/embeddings/status`))) as EmbeddingsStatus,
    memory: () => metric(url, "process_resident_memory_bytes"),
    processorSeconds: () => metric(url, "process_cpu_seconds_total"),
    stop: async () => {
      process.off("exit", end);
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
}

/** Waits until a server that nobody asks has nothing left to do, such as reading ahead. */
export async function untilIdle(product: Product): Promise<void> {
  const limit = performance.now() + IDLE_LIMIT_MS;
  while (performance.now() < limit) {
    const before = await product.processorSeconds();
    await pause(IDLE_LOOK_MS);
    const used = (await product.processorSeconds()) - before;
    if (used * 1000 < IDLE_LOOK_MS * IDLE_SHARE) return;
  }
}

async function untilHealthy(url: string, startedAt: number): Promise<void> {
  while (performance.now() - startedAt < START_LIMIT_MS) {
    const answer = await fetch(`${url}/health`);
    const health = (await answer.json()) as Health;
    if (health.status === "healthy") return;
    await pause(HEALTH_WAIT_MS);
  }
  throw new Error(`The product was not healthy within ${START_LIMIT_MS / 1000} s`);
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answerOf(answer);
}

async function answerOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} from ${answer.url}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until nothing is left to embed; says now and then how far it is. */
export async function untilEmbedded(
  product: Product,
  progress: (line: string) => void,
): Promise<void> {
  let saidAt = performance.now();
  for (;;) {
    const { queue, embedded, failures } = await product.embeddings();
    if (queue.parked > 0) throw new Error(`Embedding failed: ${failures[0]?.reason}`);
    const left = queue.pending + queue.processing;
    if (left === 0) return;
    if (performance.now() - saidAt > 10_000) {
      saidAt = performance.now();
      progress(`  embedding: ${embedded} messages done, ${left} to go`);
    }
    await pause(250);
  }
}
