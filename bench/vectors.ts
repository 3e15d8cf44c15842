import { rmSync } from "node:fs";
import { join } from "node:path";
import type { MessageFilter } from "../server/src/core/conversations/conversation.ts";
import { clusteredVectors } from "../server/src/storage/vectors/embedded/clustered-vectors.ts";
import {
  createEmbeddedVectorStore,
  type EmbeddedVectorStore,
} from "../server/src/storage/vectors/embedded/embedded-vector-store.ts";
import { SqliteWorld } from "../server/src/storage/vectors/sqlite-world.ts";

/*
 * How fast is recall by meaning in the embedded engine, and what does it hold in memory?
 * `node bench/vectors.ts [vectors ...]`, by default 10,000 and 100,000 of 384 components.
 */

const MODEL = { id: "bench@f32", name: "bench", dimension: 384 };
const OWNER = "bench";
const PER_CONVERSATION = 100;
const PER_BATCH = 5000;
const QUERIES = 60;
const RECALL_QUERIES = 10;
const LIMIT = 10;

type Figures = Record<string, string>;

async function measure(count: number): Promise<Figures> {
  const world = new SqliteWorld();
  try {
    fill(world, count);
    const before = process.memoryUsage.rss();
    const fromRows = await loaded(world);
    await fromRows.store.close();
    const fromFile = await loaded(world);
    const { store } = fromFile;
    const queries = clusteredVectors({ count: QUERIES, dimension: 384, clusters: 50, seed: 0 });
    const write = () =>
      world.database.exec("UPDATE conversations SET word_count = word_count + 1 WHERE seq = 1");
    const figures: Figures = {
      vectors: count.toLocaleString("en"),
      "load from rows": `${seconds(fromRows.milliseconds)} s`,
      "load from file": `${seconds(fromFile.milliseconds)} s`,
      "query p50 / p95": await times(store, { queries }),
      "limit 300": await times(store, { queries, limit: 300 }),
      "filter 10 %": await times(store, { queries, filter: { label: "tenth" } }),
      "filter 1 %": await times(store, { queries, filter: { label: "hundredth" } }),
      "status active": await times(store, { queries, filter: { statuses: ["active"] } }),
      "the same, a commit before each": await times(store, {
        queries,
        filter: { statuses: ["active"] },
        between: write,
      }),
      "2,000 similarities": await similarityTimes(store, queries),
      "recall@10": (await recall(world, store, queries.slice(0, RECALL_QUERIES))).toFixed(3),
      memory: `${((process.memoryUsage.rss() - before) / 2 ** 30).toFixed(2)} GB`,
    };
    await store.close();
    return figures;
  } finally {
    world.close();
    rmSync(world.folder, { recursive: true, force: true });
  }
}

function fill(world: SqliteWorld, count: number): void {
  for (let batch = 0; batch < count / PER_BATCH; batch += 1) {
    const size = Math.min(PER_BATCH, count - batch * PER_BATCH);
    const vectors = clusteredVectors({ count: size, dimension: 384, clusters: 50, seed: batch });
    for (let start = 0; start < size; start += PER_CONVERSATION) {
      const chunk = vectors.slice(start, start + PER_CONVERSATION);
      const number = (batch * PER_BATCH + start) / PER_CONVERSATION;
      const stored = world.put({
        owner: OWNER,
        label: labelOf(number),
        messages: chunk.map((_, at) => ({ role: "user", timestamp: at })),
      });
      world.embedMessages(OWNER, MODEL, { ...stored, vectors: chunk });
    }
  }
}

function labelOf(conversation: number): string {
  if (conversation % 100 === 1) {
    return "hundredth";
  }
  return conversation % 10 === 0 ? "tenth" : "other";
}

async function loaded(world: SqliteWorld) {
  const store = createEmbeddedVectorStore({
    databaseFile: world.file,
    directory: join(world.folder, "vectors"),
    log: () => undefined,
    quietMs: 3_600_000,
  });
  await store.check();
  const start = performance.now();
  await store.warm(OWNER, MODEL);
  return { store, milliseconds: performance.now() - start };
}

interface Run {
  queries: Float32Array[];
  filter?: MessageFilter;
  limit?: number;
  between?: () => void;
}

async function times(store: EmbeddedVectorStore, run: Run): Promise<string> {
  const { filter = {}, limit = LIMIT } = run;
  const taken: number[] = [];
  for (const vector of run.queries) {
    run.between?.();
    const start = performance.now();
    await store.search(OWNER, { model: MODEL, vector, filter, limit });
    taken.push(performance.now() - start);
  }
  return spread(taken);
}

async function similarityTimes(store: EmbeddedVectorStore, queries: Float32Array[]) {
  const messages = Array.from({ length: 2000 }, (_, at) => at * 3 + 1);
  const taken: number[] = [];
  for (const vector of queries) {
    const start = performance.now();
    await store.similarities(OWNER, { model: MODEL, vector }, messages);
    taken.push(performance.now() - start);
  }
  return spread(taken);
}

/** Against all float32 vectors of the database, one after the other. */
async function recall(world: SqliteWorld, store: EmbeddedVectorStore, queries: Float32Array[]) {
  const scores = queries.map(() => [] as { message: number; score: number }[]);
  const rows = world.database.prepare("SELECT message_seq, vector FROM vectors").iterate();
  for (const row of rows) {
    const blob = row.vector as Uint8Array;
    const vector = new Float32Array(blob.buffer as ArrayBuffer, blob.byteOffset, MODEL.dimension);
    for (const [at, query] of queries.entries()) {
      keepBest(scores[at] ?? [], { message: Number(row.message_seq), score: dot(query, vector) });
    }
  }
  let found = 0;
  for (const [at, vector] of queries.entries()) {
    const hits = await store.search(OWNER, { model: MODEL, vector, filter: {}, limit: LIMIT });
    const wanted = new Set(scores[at]?.map(({ message }) => message));
    found += hits.filter((hit) => wanted.has(hit.message)).length;
  }
  return found / (queries.length * LIMIT);
}

function keepBest(best: { message: number; score: number }[], next: (typeof best)[number]): void {
  const last = best.at(-1);
  if (best.length < LIMIT || last === undefined || next.score > last.score) {
    best.push(next);
    best.sort((left, right) => right.score - left.score);
    best.splice(LIMIT);
  }
}

function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) {
    sum += (left[at] ?? 0) * (right[at] ?? 0);
  }
  return sum;
}

function spread(taken: number[]): string {
  const sorted = taken.toSorted((left, right) => left - right);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.95)} ms`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}

const sizes = process.argv.slice(2).map(Number);
const columns: Figures[] = [];
for (const size of sizes.length > 0 ? sizes : [10_000, 100_000]) {
  columns.push(await measure(size));
}
const names = Object.keys(columns[0] ?? {});
const table = names.map((name) => `| ${[name, ...columns.map((one) => one[name])].join(" | ")} |`);
table.splice(1, 0, `|${"---|".repeat(columns.length + 1)}`);
process.stdout.write(`${table.join("\n")}\n`);
