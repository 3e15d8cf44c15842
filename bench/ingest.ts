/**
 * How fast is a memory written, how fast do its vectors follow, and what do searches wait meanwhile?
 * `npm run bench:ingest -- [--messages 30000] [--seconds 30] [--write]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stats } from "@sekha/sdk/contract";
import { loadCorpus, madeConversation, PER_CONVERSATION } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import { type Product, pause, startProduct } from "./support/product.ts";
import { rawChunksPerSecond, tokenChunks } from "./support/raw-model.ts";
import {
  machine,
  milliseconds,
  option,
  progress,
  publish,
  table,
  verdict,
} from "./support/report.ts";
import { Questions, spread } from "./support/search-load.ts";

const CLIENTS = 10;
const BATCH = 50;
const BATCHES_IN_FLIGHT = 2;
const SEARCH_EVERY_MS = 50;

const messages = Number(option("messages", "30000"));
const seconds = Number(option("seconds", "30"));
const corpus = loadCorpus(dataFolder());
const questions = new Questions(corpus.questions);
let made = 0;
let sent = 0;

const chunks = tokenChunks(
  conversations(100).flatMap((one) => one.messages.map(({ content }) => content)),
);
progress(`The bare model, ${seconds} s`);
const rawBefore = await rawChunksPerSecond(chunks, seconds);
const directory = mkdtempSync(join(tmpdir(), "sekha-ingest-"));
try {
  const product = await startProduct(directory);
  try {
    const batch = await byBatches(product);
    const singles = await bySingles(product);
    progress("Searching while conversations are stored and embedded");
    const busy = await searchMeanwhile(product);
    progress(`Embedding alone, ${seconds} s`);
    await pause(1000);
    const embedded = await chunksPerSecond(product, () => pause(seconds * 1000));
    await checkStored(product);
    await product.stop();
    progress(`The bare model again, ${seconds} s`);
    const raw = (rawBefore + (await rawChunksPerSecond(chunks, seconds))) / 2;
    publish("ingest", report({ batch, singles, busy, embedded, raw }));
  } finally {
    await product.stop();
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function conversations(count: number) {
  return Array.from({ length: count }, () => {
    const { label, folder, messages: drafts } = madeConversation(corpus, made, 100_000);
    made += 1;
    return {
      label,
      folder,
      messages: drafts.map(({ role, content, timestamp }) => ({ role, content, timestamp })),
    };
  });
}

/** Bodies are made before the clock runs: the client shares the machine with the server. */
async function byBatches(product: Product): Promise<number> {
  progress(`${messages} messages by the batch route, ${BATCHES_IN_FLIGHT} at a time`);
  const requests = Math.ceil(messages / (BATCH * PER_CONVERSATION));
  const bodies = Array.from({ length: requests }, () =>
    JSON.stringify({ conversations: conversations(BATCH) }),
  );
  const rate = await storeAll(product, "/api/v1/conversations/batch", {
    bodies,
    clients: BATCHES_IN_FLIGHT,
  });
  sent += requests * BATCH * PER_CONVERSATION;
  return rate * BATCH * PER_CONVERSATION;
}

async function bySingles(product: Product): Promise<number> {
  progress(`${messages} messages in single conversations, ${CLIENTS} clients`);
  const bodies = conversations(Math.ceil(messages / PER_CONVERSATION)).map((one) =>
    JSON.stringify(one),
  );
  const rate = await storeAll(product, "/api/v1/conversations", { bodies, clients: CLIENTS });
  sent += bodies.length * PER_CONVERSATION;
  return rate * PER_CONVERSATION;
}

/** Requests a second, each counted once it is answered. */
async function storeAll(
  product: Product,
  path: string,
  { bodies, clients }: { bodies: readonly string[]; clients: number },
): Promise<number> {
  const left = bodies.values();
  const client = async () => {
    for (const body of left) await store(product, path, body);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return (bodies.length * 1000) / (performance.now() - startedAt);
}

async function store(product: Product, path: string, body: string): Promise<void> {
  const answer = await fetch(`${product.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Storing failed with ${answer.status}: ${text.slice(0, 300)}`);
}

interface Busy {
  searches: number[];
  degraded: number;
  messagesPerSecond: number;
  chunksPerSecond: number;
}

/** One client asks again and again while ten others store as fast as they are answered. */
async function searchMeanwhile(product: Product): Promise<Busy> {
  const bodies = conversations(500).map((one) => JSON.stringify(one));
  const end = performance.now() + seconds * 1000;
  let stored = 0;
  const client = async (_: unknown, number: number) => {
    for (let at = number; performance.now() < end; at += CLIENTS) {
      await store(product, "/api/v1/conversations", bodies[at % bodies.length] ?? "");
      stored += PER_CONVERSATION;
    }
  };
  const searches: number[] = [];
  let degraded = 0;
  const ask = async () => {
    while (performance.now() < end) {
      const startedAt = performance.now();
      const answer = await product.search({ query: questions.next() });
      searches.push(performance.now() - startedAt);
      degraded += answer.degraded === null ? 0 : 1;
      await pause(SEARCH_EVERY_MS);
    }
  };
  const rate = await chunksPerSecond(product, () =>
    Promise.all([ask(), ...Array.from({ length: CLIENTS }, client)]),
  );
  sent += stored;
  return { searches, degraded, messagesPerSecond: stored / seconds, chunksPerSecond: rate };
}

/** Vectors that became searchable a second while something went on. */
async function chunksPerSecond(
  product: Product,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const before = await vectorCount(product);
  const startedAt = performance.now();
  await meanwhile();
  const after = await vectorCount(product);
  return ((after - before) * 1000) / (performance.now() - startedAt);
}

async function vectorCount(product: Product): Promise<number> {
  const { queue, collections } = await product.embeddings();
  if (queue.pending + queue.processing === 0) {
    throw new Error("The queue is empty: give more --messages or fewer --seconds");
  }
  return collections[0]?.vectors ?? 0;
}

async function checkStored(product: Product): Promise<void> {
  const answer = await fetch(`${product.url}/api/v1/stats`);
  const { total_messages: total } = (await answer.json()) as Stats;
  if (total !== sent) throw new Error(`${sent} messages were acknowledged and ${total} are there`);
}

interface Results {
  batch: number;
  singles: number;
  busy: Busy;
  embedded: number;
  raw: number;
}

function report({ batch, singles, busy, embedded, raw }: Results): string {
  const [p50, p95, p99] = spread(busy.searches);
  const share = embedded / raw;
  const rate = (value: number) => `${value.toFixed(0)} messages/s`;
  const rows = [
    [
      `batch route, ${BATCH} conversations a request, ${BATCHES_IN_FLIGHT} requests in flight`,
      rate(batch),
      "≥ 3000",
      verdict(batch >= 3000),
    ],
    [`single conversations, ${CLIENTS} clients`, rate(singles), "≥ 3000", verdict(singles >= 3000)],
    [
      "background embedding, of the bare model's chunks/s in one thread",
      `${embedded.toFixed(1)} of ${raw.toFixed(1)} chunks/s, ${(100 * share).toFixed(0)} %`,
      "≥ 80 %",
      verdict(share >= 0.8),
    ],
    [
      `hybrid p95 while ${CLIENTS} clients store and embedding runs`,
      `${milliseconds(p95)} ms`,
      "≤ 120 ms",
      verdict(p95 <= 120),
    ],
  ];
  return [
    `Measured on: ${machine()}. ${PER_CONVERSATION} messages a conversation, real lengths; the clients run on the same machine, and embedding goes on all the time.`,
    table([["what", "measured", "asked", ""], ...rows]),
    `In the last row: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)} ms over ${busy.searches.length} searches, ${busy.degraded} of them by words alone; meanwhile ${rate(busy.messagesPerSecond)} were stored and ${busy.chunksPerSecond.toFixed(1)} chunks/s embedded.`,
  ].join("\n\n");
}
