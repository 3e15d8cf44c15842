/**
 * How long does an editor wait for Sekha's MCP server: for its first answer, and for a search of 100,000 messages?
 * `npm run build && npm run bench:mcp -- [--keep DIR] [--starts N] [--searches N] [--write]`
 * `--keep` is the folder that `npm run bench:search -- --keep DIR` left; without it the memory is made first.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCorpus } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import { MemoryFilling } from "./support/filled-memory.ts";
import { McpProcess } from "./support/mcp-process.ts";
import { startProduct } from "./support/product.ts";
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

const MESSAGES = 100_000;
const TARGET_START_MS = 700;
const TARGET_SEARCH_MS = 60;
const WARM_UP_SEARCHES = 100;

const starts = Number(option("starts", "15"));
const searches = Number(option("searches", "400"));
const corpus = loadCorpus(dataFolder());
const questions = new Questions(corpus.questions);
const scratch = mkdtempSync(join(tmpdir(), "sekha-mcp-bench-"));
try {
  const filled = join(scratch, "filled");
  await memoryAt(filled);
  const empty = await measureStarts(join(scratch, "empty"));
  const alone = await measureStarts(filled);
  const own = await measureSearches(filled);
  const server = await startProduct(filled);
  let beside: Starts;
  let overServer: number[];
  try {
    beside = await measureStarts(filled);
    overServer = await measureSearches(filled);
  } finally {
    await server.stop();
  }
  publish("mcp", report({ empty, alone, beside, own, overServer }));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function memoryAt(folder: string): Promise<void> {
  const kept = join(option("keep", ""), String(MESSAGES));
  if (option("keep", "") !== "" && existsSync(kept)) {
    cpSync(kept, folder, { recursive: true });
    return;
  }
  await new MemoryFilling(corpus, 1).fill(folder, MESSAGES);
}

interface Starts {
  /** To the answer to `initialize`. */
  first: number[];
  /** To the answer to `tools/list` after it. */
  list: number[];
  /** To the answer to the first memory_search, asked at once. */
  search: number[];
}

async function measureStarts(directory: string): Promise<Starts> {
  progress(`  ${starts} starts on ${directory}`);
  const times: Starts = { first: [], list: [], search: [] };
  for (let count = 0; count < starts; count += 1) {
    const mcp = new McpProcess(directory);
    times.first.push(await mcp.initialize());
    await mcp.request("tools/list");
    times.list.push(mcp.age);
    await mcp.call("memory_search", { query: questions.next() });
    times.search.push(mcp.age);
    await mcp.close();
  }
  return times;
}

async function measureSearches(directory: string): Promise<number[]> {
  progress(`  ${searches} searches`);
  const mcp = new McpProcess(directory);
  await mcp.initialize();
  while ((await mcp.call("memory_search", { query: questions.next() })).degraded !== null) {
    // The model is still being loaded.
  }
  for (let count = 0; count < WARM_UP_SEARCHES; count += 1) {
    await mcp.call("memory_search", { query: questions.next() });
  }
  const times: number[] = [];
  for (let count = 0; count < searches; count += 1) {
    const startedAt = performance.now();
    await mcp.call("memory_search", { query: questions.next() });
    times.push(performance.now() - startedAt);
  }
  await mcp.close();
  return times;
}

interface Measured {
  empty: Starts;
  alone: Starts;
  beside: Starts;
  own: number[];
  overServer: number[];
}

function report({ empty, alone, beside, own, overServer }: Measured): string {
  const [startMedian] = spread(alone.first);
  const searchP95 = spread(own)[1];
  const places: [string, Starts][] = [
    ["empty directory, opened by itself", empty],
    ["100,000 messages, opened by itself", alone],
    ["100,000 messages, beside a server", beside],
  ];
  return [
    `Measured on: ${machine()}. The built program as an editor starts it, over stdio; milliseconds.`,
    table([
      ["promise", "target", "measured", ""],
      [
        "start to first answer, median",
        `≤ ${TARGET_START_MS}`,
        milliseconds(startMedian),
        verdict(startMedian <= TARGET_START_MS),
      ],
      [
        "memory_search at 100,000 messages, p95",
        `≤ ${TARGET_SEARCH_MS}`,
        milliseconds(searchP95),
        verdict(searchP95 <= TARGET_SEARCH_MS),
      ],
    ]),
    `${starts} starts each, from the start of the process, median and p95:`,
    table([
      ["", "first answer", "tools/list", "first memory_search"],
      ...places.map(([name, times]) => [
        name,
        ...[times.first, times.list, times.search].map((values) => {
          const [median, p95] = spread(values);
          return `${milliseconds(median)} · ${milliseconds(p95)}`;
        }),
      ]),
    ]),
    `${searches} searches by meaning and word, one after the other, p50, p95, p99:`,
    table([
      ["memory_search at 100,000 messages", "p50", "p95", "p99"],
      ["opened by itself", ...spread(own).map(milliseconds)],
      ["beside a server", ...spread(overServer).map(milliseconds)],
    ]),
  ].join("\n\n");
}
