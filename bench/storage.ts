/**
 * What does each storage cost? The same memory, written and searched through the ports of each backend, vectors made.
 * One piece a run, a few minutes each: `npm run bench:storage -- --backend sqlite|chroma|postgres --messages 100000`.
 * The pieces are kept in `--keep FILE` (default: in the temporary folder); `--report [--write]` shows them side by side.
 *
 * `--filled FOLDER` takes it in two runs: the first fills the folder beside other work, the second, with the same
 * command, searches it and removes it. Servers have to outlive the first then: name them in SEKHA_TEST_POSTGRES_URL
 * (a superuser's) or SEKHA_BENCH_CHROMA_URL (an empty server).
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openStores, type Stores } from "../server/src/compose/stores.ts";
import { loadConfig } from "../server/src/config/load-config.ts";
import { LOCAL_OWNER } from "../server/src/core/conversations/conversation.ts";
import { onlyModel } from "../server/src/core/ports/embedding-model.ts";
import { splitWords } from "../server/src/core/search/query-terms.ts";
import { Search } from "../server/src/core/search/search.ts";
import { createLogger } from "../server/src/logger.ts";
import { createFolders, dataDirectoryAt } from "../server/src/storage/data-directory.ts";
import { clusteredVectors } from "../server/src/storage/vectors/embedded/clustered-vectors.ts";
import { type Corpus, loadCorpus, madeConversation, PER_CONVERSATION } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import {
  machine,
  milliseconds,
  option,
  progress,
  publish,
  share,
  table,
} from "./support/report.ts";
import { percentile } from "./support/statistics.ts";
import { BACKENDS, type Backend, type Place, placeOf } from "./support/storage-places.ts";

interface Piece {
  backend: Backend;
  messages: number;
  machine: string;
  storedPerSecond: number;
  vectorsPerSecond: number;
  /** Milliseconds: median and 95th percentile. */
  single: [number, number];
  words: [number, number];
  meaning: [number, number];
  filtered: [number, number];
  /** The product's whole search, without the model. */
  hybrid: [number, number];
  recall: number;
  /** Seconds until the vectors' index was there, where one is built. */
  indexSeconds: number;
  megabytes: number;
}

const MODEL = { id: "made@f32", name: "made", dimension: 384 };
const CLUSTERS = 500;
const BATCH = 50;
const CLAIM = 1000;
const SINGLES = 200;
const SEARCHES = 200;
const EXACT = 40;
const LIMIT = 64;
const FOLDER = "/made/7";

/** What the first of two runs leaves for the second. */
interface Filled {
  settings: Record<string, string>;
  storedPerSecond: number;
  vectorsPerSecond: number;
  indexSeconds: number;
  /** Messages in the order of their vectors. */
  embedded: number[];
}

const kept = option("keep", join(tmpdir(), "sekha-bench-storage.json"));
const backend = option("backend", "sqlite") as Backend;
const messages = Number(option("messages", "10000"));
const filledFolder = option("filled", "");
if (process.argv.includes("--report")) {
  publish("storage", report(readPieces()));
} else {
  if (!(backend in BACKENDS))
    throw new Error(`--backend: one of ${Object.keys(BACKENDS).join(", ")}`);
  await run();
}
// Servers that were started for it end with it.
process.exit(0);

async function run(): Promise<void> {
  const directory =
    filledFolder === "" ? mkdtempSync(join(tmpdir(), "sekha-bench-storage-")) : filledFolder;
  mkdirSync(directory, { recursive: true });
  const note = join(directory, "filled.json");
  const found = existsSync(note) ? (JSON.parse(readFileSync(note, "utf8")) as Filled) : null;
  const place = await placeOf(backend, found?.settings ?? null);
  const corpus = loadCorpus(dataFolder());
  const vectors = clusteredVectors({
    count: messages + SINGLES * 2,
    dimension: MODEL.dimension,
    clusters: CLUSTERS,
    seed: 1,
  });
  const stores = await openOn(directory, place.settings);
  let isDone = true;
  try {
    const filled = found ?? (await fill(stores, { corpus, vectors, settings: place.settings }));
    isDone = found !== null || filledFolder === "";
    if (isDone) keepPiece(await searched(stores, { corpus, vectors, filled, directory, place }));
    else writeFileSync(note, JSON.stringify(filled));
  } finally {
    await stores.close();
    if (isDone) {
      await place.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

async function searched(
  stores: Stores,
  {
    corpus,
    vectors,
    filled,
    directory,
    place,
  }: Made & { filled: Filled; directory: string; place: Place },
): Promise<Piece> {
  const embedded = new Map(
    filled.embedded.map((message, at) => [message, vectors[at % vectors.length] ?? vectors[0]]),
  ) as Map<number, Float32Array>;
  const { storedPerSecond, vectorsPerSecond, indexSeconds } = filled;
  const single = await storeSingly(stores, corpus);
  const found = await search(stores, { corpus, vectors, embedded });
  const megabytes = (await place.bytes(directory)) / 1e6;
  const rates = { storedPerSecond, vectorsPerSecond, indexSeconds };
  return { backend, messages, machine: machine(), ...rates, single, ...found, megabytes };
}

function keepPiece(piece: Piece): void {
  const others = readPieces().filter(
    (other) => other.backend !== piece.backend || other.messages !== piece.messages,
  );
  writeFileSync(kept, JSON.stringify([...others, piece]));
  progress(report([piece]));
}

interface Made {
  corpus: Corpus;
  vectors: Float32Array[];
}

async function openOn(directory: string, settings: Record<string, string>): Promise<Stores> {
  const files = dataDirectoryAt(directory);
  createFolders(files);
  const config = loadConfig({
    argv: { overrides: { data_directory: directory, ...settings } },
    env: {},
    cwd: directory,
    homeDirectory: homedir(),
    readFile: () => {
      throw Object.assign(new Error("A benchmark runs with the defaults"), { code: "ENOENT" });
    },
  });
  const log = createLogger({ level: "warn", format: "pretty", destination: process.stderr });
  return await openStores({ config, directory: files, log, serving: false });
}

/** In batches, as an import and the queue do it; the order of the vectors is that of the messages. */
async function fill(
  stores: Stores,
  { corpus, vectors, settings }: Made & { settings: Record<string, string> },
): Promise<Filled> {
  const { conversations } = stores.rows;
  const count = messages / PER_CONVERSATION;
  progress(`Storing ${messages} messages`);
  const storing = performance.now();
  for (let first = 0; first < count; first += BATCH) {
    const drafts = Array.from({ length: Math.min(BATCH, count - first) }, (_, at) =>
      madeConversation(corpus, first + at, count),
    );
    await conversations.createMany(LOCAL_OWNER, drafts);
  }
  const storedPerSecond = perSecond(messages, storing);
  progress("Their vectors");
  const embedding = performance.now();
  const embedded = await embed(stores, vectors);
  const vectorsPerSecond = perSecond(embedded.length, embedding);
  const indexSeconds = await untilIndexed(stores, vectors[0] ?? new Float32Array());
  return { settings, storedPerSecond, vectorsPerSecond, indexSeconds, embedded };
}

/** All that waits; answers the messages in the order of their vectors. */
async function embed({ rows, vectors: store }: Stores, vectors: Float32Array[]) {
  const embedded: number[] = [];
  for (;;) {
    const tasks = await rows.queue.claim({ limit: CLAIM, now: Date.now(), leaseMs: 600_000 });
    if (tasks.length === 0) return embedded;
    const results = tasks.map(({ owner, message, conversation, text }) => {
      const vector = vectors[embedded.length % vectors.length] ?? new Float32Array(MODEL.dimension);
      embedded.push(message);
      return {
        owner,
        message,
        vectors: [{ message, conversation, chunk: 0, start: 0, end: text.length, vector }],
      };
    });
    await store.add(
      LOCAL_OWNER,
      MODEL,
      results.flatMap((result) => result.vectors),
    );
    await rows.queue.complete(MODEL, results);
  }
}

/** pgvector's index is begun by a first search. */
async function untilIndexed({ vectors }: Stores, vector: Float32Array): Promise<number> {
  const startedAt = performance.now();
  await vectors.search(LOCAL_OWNER, { model: MODEL, vector, filter: {}, limit: LIMIT });
  if ("settled" in vectors && typeof vectors.settled === "function") await vectors.settled();
  return (performance.now() - startedAt) / 1000;
}

async function storeSingly({ rows }: Stores, corpus: Corpus): Promise<[number, number]> {
  progress("Conversations of two turns, one after the other");
  return await timed(SINGLES, async (at) => {
    const draft = madeConversation(corpus, at, SINGLES);
    await rows.conversations.create(LOCAL_OWNER, {
      ...draft,
      messages: draft.messages.slice(0, 2),
    });
  });
}

async function search(
  { rows, vectors: store }: Stores,
  { corpus, vectors, embedded }: Made & { embedded: Map<number, Float32Array> },
) {
  progress("Searching");
  await store.search(LOCAL_OWNER, {
    model: MODEL,
    vector: vectors[0] ?? new Float32Array(MODEL.dimension),
    filter: {},
    limit: LIMIT,
  });
  const queries = vectors
    .slice(0, SEARCHES)
    .map((vector, at) => blended(vector, vectors[at + CLUSTERS]));
  const nearest = async (at: number, folder?: string) =>
    await store.search(LOCAL_OWNER, {
      model: MODEL,
      vector: queries[at] ?? new Float32Array(MODEL.dimension),
      filter: folder === undefined ? {} : { folder },
      limit: LIMIT,
    });
  const words = await timed(SEARCHES, async (at) => {
    const text = corpus.questions[at % corpus.questions.length] ?? "";
    await rows.index.searchText(
      LOCAL_OWNER,
      { kind: "words", words: splitWords(text).filter((word) => word.length > 3) },
      { filter: {}, limit: LIMIT },
    );
  });
  const meaning = await timed(SEARCHES, (at) => nearest(at));
  const filtered = await timed(SEARCHES, (at) => nearest(at, FOLDER));
  const whole = wholeSearch({ rows, vectors: store }, queries);
  const hybrid = await timed(SEARCHES, (at) =>
    whole(corpus.questions[at % corpus.questions.length] ?? "", at),
  );
  let found = 0;
  for (let at = 0; at < EXACT; at += 1) {
    const expected = exact(queries[at] ?? new Float32Array(), embedded);
    const hits = (await nearest(at)).slice(0, 10);
    found += hits.filter(({ message }) => expected.has(message)).length;
  }
  return { words, meaning, filtered, hybrid, recall: found / (EXACT * 10) };
}

/** As the product searches; the model is replaced by vectors that are there already. */
function wholeSearch({ rows, vectors }: Pick<Stores, "rows" | "vectors">, queries: Float32Array[]) {
  let next = 0;
  const model = {
    identity: MODEL,
    ready: async () => undefined,
    embedQuery: async () => queries[next] ?? new Float32Array(MODEL.dimension),
    embedDocument: async () => [],
    close: async () => undefined,
  };
  const whole = new Search({
    index: rows.index,
    vectors,
    models: onlyModel(model),
    clock: () => Date.now(),
    semanticTimeoutMs: 60_000,
  });
  return async (query: string, at: number) => {
    next = at;
    const { degraded } = await whole.search(LOCAL_OWNER, {
      query,
      filter: { statuses: ["active"] },
      mode: "hybrid",
      limit: 10,
      offset: 0,
      groupByConversation: false,
      neighbours: 0,
      minScore: 0,
    });
    if (degraded !== null) throw new Error(degraded);
  };
}

function exact(query: Float32Array, embedded: Map<number, Float32Array>): Set<number> {
  const scored = [...embedded].map(([message, vector]) => {
    let cosine = 0;
    for (let at = 0; at < vector.length; at += 1) cosine += (vector[at] ?? 0) * (query[at] ?? 0);
    return { message, cosine };
  });
  scored.sort((left, right) => right.cosine - left.cosine);
  return new Set(scored.slice(0, 10).map(({ message }) => message));
}

/** Between two neighbours of a cluster: near what is stored, and none of it. */
function blended(left: Float32Array, right = left): Float32Array {
  const sum = left.map((component, at) => component + (right[at] ?? 0));
  const length = Math.hypot(...sum);
  return sum.map((component) => component / length);
}

async function timed(
  count: number,
  work: (at: number) => Promise<unknown>,
): Promise<[number, number]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startedAt = performance.now();
    await work(at);
    times.push(performance.now() - startedAt);
  }
  return [percentile(times, 0.5), percentile(times, 0.95)];
}

function perSecond(count: number, startedAt: number): number {
  return (count * 1000) / (performance.now() - startedAt);
}

function readPieces(): Piece[] {
  return existsSync(kept) ? (JSON.parse(readFileSync(kept, "utf8")) as Piece[]) : [];
}

function report(pieces: readonly Piece[]): string {
  const pair = ([median, late]: [number, number]) =>
    `${milliseconds(median)} / ${milliseconds(late)}`;
  const order = Object.keys(BACKENDS);
  const rows = pieces
    .toSorted(
      (left, right) =>
        left.messages - right.messages ||
        order.indexOf(left.backend) - order.indexOf(right.backend),
    )
    .map((piece) => [
      BACKENDS[piece.backend],
      piece.messages.toLocaleString("en"),
      piece.storedPerSecond.toFixed(0),
      piece.vectorsPerSecond.toFixed(0),
      pair(piece.single),
      pair(piece.words),
      pair(piece.meaning),
      pair(piece.filtered),
      pair(piece.hybrid),
      share(piece.recall),
      piece.indexSeconds.toFixed(1),
      piece.megabytes.toFixed(0),
    ]);
  const head = [
    "storage",
    "messages",
    "stored/s",
    "vectors/s",
    "store one, ms",
    "by word, ms",
    "by meaning, ms",
    "in a folder (5 %), ms",
    "hybrid, ms",
    "recall@10",
    "index after, s",
    "MB",
  ];
  return `Measured on: ${pieces[0]?.machine ?? machine()}\n\n${table([head, ...rows])}\n\nTimes: median / 95th percentile. Through the ports, one caller, made vectors of 384 components, searches by word with nothing read ahead; hybrid is the product's whole search without the model, of the same questions afterwards. Chroma's own files are not in MB.`;
}
