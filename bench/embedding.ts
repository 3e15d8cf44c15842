/**
 * How fast is the embedded model, and what does a search wait while documents are embedded?
 * Run: `node --conditions=source bench/embedding.ts [seconds per question, default 5]`
 */
import { fileURLToPath } from "node:url";
import { MODEL, MODEL_FILE } from "@sekha/model-minilm";
import { createEmbeddedModel } from "../server/src/llm/providers/builtin/embedded-model.ts";
import { loadEmbeddingRuntime } from "../server/src/llm/providers/builtin/embedding-runtime.ts";

const TOKENS = 256;
const PARAGRAPH =
  "We talked for an hour about the garden: the new fence, the apple trees and what the carpenter asked for the shed. ";

const seconds = Number(process.argv[2] ?? 5);
if (!(seconds > 0)) throw new Error("Give the seconds per question as a number above 0");

await measureRuntime(seconds);
await measureModel(seconds);

async function measureRuntime(duration: number): Promise<void> {
  const file = { path: fileURLToPath(MODEL_FILE), sha256: MODEL.sha256 };
  const runtime = await loadEmbeddingRuntime(file);
  for (const tokens of [16, 55, TOKENS]) {
    const ids = Int32Array.from({ length: tokens }, (_, index) => 2_000 + index);
    await runtime.embed(ids);
    const times = await repeat(duration / 3, async () => void (await runtime.embed(ids)));
    print(`${runtime.name}, one thread, ${tokens} tokens: ${rate(times)}, ${percentiles(times)}`);
  }
  await runtime.close();
}

async function measureModel(duration: number): Promise<void> {
  const model = createEmbeddedModel({ log: { info: print, warn: print } });
  await model.ready();
  print(`Memory after loading: ${memory()}`);
  let query = 0;
  const ask = async () => {
    query += 1;
    await model.embedQuery(`What did the carpenter ask for shed number ${query}?`);
  };
  await ask();
  print(`Queries, idle: ${percentiles(await repeat(duration, ask))}`);

  const alone = await embedDocuments(model, () => sleep(duration * 1000));
  print(`Documents alone: ${alone.toFixed(1)} chunks of up to ${TOKENS} tokens a second`);

  let busy: number[] = [];
  const beside = await embedDocuments(model, async () => {
    busy = await repeat(duration, async () => {
      await ask();
      await sleep(50);
    });
    busy = busy.map((time) => time - 50);
  });
  print(`Queries beside a backlog of documents, one each 50 ms: ${percentiles(busy)}`);
  print(`Documents beside these queries: ${beside.toFixed(1)} chunks a second`);
  print(`Memory at the end: ${memory()}`);
  await model.close();
}

/** Keeps documents waiting while something else goes on; returns chunks per second. */
async function embedDocuments(
  model: ReturnType<typeof createEmbeddedModel>,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const abort = new AbortController();
  let chunks = 0;
  const feed = async () => {
    while (!abort.signal.aborted) {
      chunks += (await model.embedDocument(PARAGRAPH.repeat(20))).length;
    }
  };
  const startedAt = performance.now();
  const feeds = Array.from({ length: 4 }, feed);
  await meanwhile();
  abort.abort();
  await Promise.all(feeds);
  return (chunks * 1000) / (performance.now() - startedAt);
}

async function repeat(duration: number, work: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + duration * 1000;
  while (performance.now() < end) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times;
}

function rate(times: number[]): string {
  const total = times.reduce((sum, time) => sum + time, 0);
  return `${((times.length * 1000) / total).toFixed(1)} texts/s`;
}

function percentiles(times: number[]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${times.length} runs)`;
}

function memory(): string {
  return `${Math.round(process.memoryUsage.rss() / 1e6)} MB resident`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
