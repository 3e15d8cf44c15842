/**
 * How long does it take to assemble a context, end to end over HTTP?
 * `npm run bench:assembly -- [--sizes 100000] [--stride N] [--count 400] [--keep DIR] [--write]`
 * `--keep` and `--stride` as in bench/search.ts: memories in folders named by their size, made vectors. A million
 * messages (`--sizes 100000,1000000 --stride 20`) take a quarter of an hour to make and 6 GB of disk.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AssembledContextOutput } from "@sekha/sdk/contract";
import { loadCorpus } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import { MemoryFilling } from "./support/filled-memory.ts";
import { type Product, pause, startProduct, untilIdle } from "./support/product.ts";
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

const WARM_UP = 50;
const BUDGETS = [2000, 4000, 8000];
/** Milliseconds that assembly may take, p95 (issue 5). */
const asked = (messages: number) => (messages > 100_000 ? 200 : 100);

const sizes = option("sizes", "100000").split(",").map(Number);
const count = Number(option("count", "400"));
const kept = option("keep", "");
const scratch = kept === "" ? mkdtempSync(join(tmpdir(), "sekha-assembly-")) : kept;
const corpus = loadCorpus(dataFolder());
const questions = new Questions(corpus.questions);
const filling = new MemoryFilling(corpus, Number(option("stride", "1")));
try {
  const tables: string[] = [];
  for (const size of sizes) tables.push(await measureSize(size));
  publish("assembly", [`Measured on: ${machine()}. One client.`, ...tables].join("\n\n"));
} finally {
  if (kept === "") rmSync(scratch, { recursive: true, force: true });
}

async function measureSize(size: number): Promise<string> {
  const directory = join(scratch, String(size));
  await filling.fill(directory, size);
  const product = await startProduct(directory);
  try {
    return await measure(product, size);
  } finally {
    await product.stop();
  }
}

async function measure(product: Product, size: number): Promise<string> {
  while ((await product.search({ query: questions.next() })).degraded !== null) await pause(100);
  await untilIdle(product);
  progress(`  assembling over ${size} messages`);
  for (let at = 0; at < WARM_UP; at += 1) await assemble(product, 4000);
  const rows: string[][] = [];
  for (const budget of BUDGETS) {
    const { times, tokens, degraded } = await timesOf(product, budget);
    const [p50, p95, p99] = spread(times);
    rows.push([
      String(budget),
      ...[p50, p95, p99].map(milliseconds),
      tokens.toFixed(0),
      String(degraded),
      `≤ ${asked(size)} ms`,
      verdict(p95 <= asked(size)),
    ]);
  }
  const head = [
    "budget",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "tokens used",
    "by words alone",
    "asked",
    "",
  ];
  return `${size.toLocaleString("en")} messages, ${count} questions a budget.\n\n${table([head, ...rows])}`;
}

async function timesOf(product: Product, budget: number) {
  const times: number[] = [];
  let tokens = 0;
  let degraded = 0;
  for (let at = 0; at < count; at += 1) {
    const startedAt = performance.now();
    const answer = await assemble(product, budget);
    times.push(performance.now() - startedAt);
    tokens += answer.tokens_used / count;
    degraded += answer.degraded === null ? 0 : 1;
  }
  return { times, tokens, degraded };
}

async function assemble(product: Product, budget: number): Promise<AssembledContextOutput> {
  const answer = await product.post("/api/v1/context/assemble", {
    query: questions.next(),
    context_budget: budget,
    format: "object",
  });
  return answer as AssembledContextOutput;
}
