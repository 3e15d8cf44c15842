/**
 * How long does a search take end to end over HTTP, and how does that grow with the memory?
 * `npm run bench:search -- [--sizes 10000,100000] [--million] [--stride N] [--share S] [--phases] [--keep DIR] [--write]`
 * `--stride` embeds every Nth source text only; `--share` asks that share of the questions; `--keep` leaves the filled
 * memories in a folder, each in one named by its size, and a later run measures what it finds there.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCorpus } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import { MemoryFilling } from "./support/filled-memory.ts";
import { fullTextPhases, searchPhases } from "./support/phases.ts";
import { logPlot } from "./support/plot.ts";
import { pause, startProduct } from "./support/product.ts";
import {
  flag,
  machine,
  milliseconds,
  option,
  print,
  progress,
  publish,
  table,
  verdict,
} from "./support/report.ts";
import {
  HYBRID_KIND,
  KEYWORD_KIND,
  measureSearches,
  Questions,
  spread,
  type Timed,
} from "./support/search-load.ts";

interface Measured {
  messages: number;
  vectors: number;
  timed: Timed[];
  memory: number;
  /** Until /health is green, and until the first search by meaning too: after bulk loading, and again. */
  starts: { healthy: number; searching: number }[];
  phases: string[];
}

const sizes = option("sizes", flag("million") ? "10000,100000,1000000" : "10000,100000")
  .split(",")
  .map(Number);
const share = Number(option("share", "1"));
const corpus = loadCorpus(dataFolder());
const questions = new Questions(corpus.questions);
const kept = option("keep", "");
const scratch = kept === "" ? mkdtempSync(join(tmpdir(), "sekha-search-")) : kept;
const filling = new MemoryFilling(corpus, Number(option("stride", "1")));
try {
  const measured: Measured[] = [];
  for (const messages of sizes) measured.push(await measureSize(await filled(messages), messages));
  publish("search", report(measured));
  if (flag("write")) drawGrowth(measured);
} finally {
  if (kept === "") rmSync(scratch, { recursive: true, force: true });
}

/** A memory of so many messages: in a folder of its own when it is kept, else the one of the size before, grown. */
async function filled(messages: number): Promise<string> {
  const folder = kept === "" ? scratch : join(scratch, String(messages));
  await filling.fill(folder, messages);
  return folder;
}

async function measureSize(directory: string, messages: number): Promise<Measured> {
  // The first start reads the vectors from the rows and writes their file, the second reads that.
  const first = await startAndSearch(directory);
  await pause(8000);
  await first.product.stop();
  const { product, start } = await startAndSearch(directory);
  try {
    progress(`  searching ${messages} messages`);
    const timed = await measureSearches(product, questions, { share });
    const memory = await product.memory();
    const { collections } = await product.embeddings();
    await product.stop();
    const phases = flag("phases")
      ? [
          await searchPhases(directory, questions, Math.round(200 * share)),
          fullTextPhases(directory, questions, Math.round(200 * share)),
        ]
      : [];
    for (const text of phases) print(`\n${messages} messages\n\n${text}`);
    const vectors = collections[0]?.vectors ?? 0;
    return { messages, vectors, timed, memory, starts: [first.start, start], phases };
  } finally {
    await product.stop();
  }
}

async function startAndSearch(directory: string) {
  const startedAt = performance.now();
  const product = await startProduct(directory);
  for (;;) {
    const { degraded } = await product.search({ query: questions.next() });
    if (degraded === null) break;
    await pause(20);
  }
  const searching = performance.now() - startedAt;
  return { product, start: { healthy: product.healthyAfterMs, searching } };
}

function report(measured: readonly Measured[]): string {
  return [
    `Measured on: ${machine()}. One client, one search after the other, milliseconds end to end over HTTP, the embedding of the question included.`,
    targetTable(measured),
    growthTable(measured),
    ...measured.map(sizeTable),
  ].join("\n\n");
}

function timesOf(one: Measured | undefined, kind: string): [number, number, number] {
  const timed = one?.timed.find(({ name }) => name === kind);
  return spread(timed?.total ?? []);
}

function targetTable(measured: readonly Measured[]): string {
  const hundred = measured.find(({ messages }) => messages === 100_000);
  const million = measured.find(({ messages }) => messages === 1_000_000);
  const rows: string[][] = [];
  const add = (target: string, value: number, [limit, unit]: [number, string]) =>
    rows.push([
      target,
      `${milliseconds(value)} ${unit}`,
      `≤ ${limit} ${unit}`,
      verdict(value <= limit),
    ]);
  if (hundred) {
    add("100,000 messages, hybrid p95", timesOf(hundred, HYBRID_KIND)[1], [50, "ms"]);
    add("100,000 messages, keyword p95", timesOf(hundred, KEYWORD_KIND)[1], [20, "ms"]);
  }
  if (million) {
    add("1,000,000 messages, hybrid p95", timesOf(million, HYBRID_KIND)[1], [150, "ms"]);
    add("1,000,000 messages, resident memory", million.memory / 2 ** 30, [3, "GB"]);
  }
  return table([["target", "measured", "asked", ""], ...rows]);
}

function growthTable(measured: readonly Measured[]): string {
  const seconds = (value: number | undefined) => ((value ?? Number.NaN) / 1000).toFixed(1);
  const rows = measured.map((one) => [
    one.messages.toLocaleString("en"),
    one.vectors.toLocaleString("en"),
    ...timesOf(one, HYBRID_KIND).map(milliseconds),
    ...timesOf(one, KEYWORD_KIND).slice(0, 2).map(milliseconds),
    `${(one.memory / 2 ** 30).toFixed(2)} GB`,
    `${seconds(one.starts[1]?.healthy)} s`,
    `${seconds(one.starts[1]?.searching)} s`,
    `${seconds(one.starts[0]?.searching)} s`,
  ]);
  const head = ["messages", "vectors", "hybrid p50", "p95", "p99", "keyword p50", "p95", "memory"];
  const starts = ["healthy after", "search by meaning after", "the same without vector file"];
  return table([[...head, ...starts], ...rows]);
}

function sizeTable(one: Measured): string {
  const rows = one.timed.map(({ name, total, server, degraded }) => [
    name,
    ...spread(total).map(milliseconds),
    server.length === 0 ? "" : milliseconds(spread(server)[1]),
    String(total.length),
    String(degraded),
  ]);
  const head = [
    "search",
    "p50",
    "p95",
    "p99",
    "p95 inside the server",
    "searches",
    "by words alone",
  ];
  return [
    `**${one.messages.toLocaleString("en")} messages**`,
    table([head, ...rows]),
    ...one.phases,
  ].join("\n\n");
}

function drawGrowth(measured: readonly Measured[]): void {
  const line = (name: string, colour: string, [kind, at]: [string, 0 | 1]) => ({
    name,
    colour,
    points: measured.map((one) => ({ x: one.messages, y: timesOf(one, kind)[at] })),
  });
  const folder = new URL("./plots/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const picture = logPlot({
    title: "A search end to end over HTTP, as the memory grows",
    xName: "messages",
    yName: "milliseconds",
    lines: [
      line("hybrid p95", "#b4332d", [HYBRID_KIND, 1]),
      line("hybrid p50", "#e2918c", [HYBRID_KIND, 0]),
      line("keyword p95", "#22577a", [KEYWORD_KIND, 1]),
      line("keyword p50", "#83b0cc", [KEYWORD_KIND, 0]),
    ],
  });
  writeFileSync(new URL("search.svg", folder), picture);
}
