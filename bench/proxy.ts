/**
 * What does the proxy add to the time to an answer's first byte, with memory on and off?
 * `npm run bench:proxy -- [--size 100000] [--stride N] [--rounds 150] [--pause 150] [--keep DIR] [--write]`
 * The bridge asked directly, the proxy without and with memory are asked in turn, in conversations of four turns; a
 * scripted provider in a process of its own answers at once. `--keep` and `--stride` as in bench/search.ts. Between two
 * rounds nothing is asked for `--pause` milliseconds, as between a person's turns what was said is stored and embedded.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMeasured } from "./support/bridge.ts";
import { loadCorpus } from "./support/corpus.ts";
import { dataFolder } from "./support/data-sets.ts";
import { MemoryFilling } from "./support/filled-memory.ts";
import { pause, untilIdle } from "./support/product.ts";
import { type ProxiedProduct, startProxied } from "./support/proxied-product.ts";
import { ChatConnection, type Way } from "./support/proxy-load.ts";
import {
  DIRECT,
  KINDS,
  type Kind,
  OFF,
  ON,
  type Round,
  Talk,
  TOKENS,
} from "./support/proxy-rounds.ts";
import { machine, option, progress, publish, table, verdict } from "./support/report.ts";
import { Questions, spread } from "./support/search-load.ts";
import { percentile } from "./support/statistics.ts";

const WARM_UP_ROUNDS = 40;
/** Milliseconds that may be added (issue 5). */
const ASKED = { onP50: 40, onP95: 100, offP50: 2 };

const size = Number(option("size", "100000"));
const rounds = Number(option("rounds", "150"));
const pauseMs = Number(option("pause", "150"));
const kept = option("keep", "");
const scratch = kept === "" ? mkdtempSync(join(tmpdir(), "sekha-proxy-bench-")) : kept;
const corpus = loadCorpus(dataFolder());
const questions = new Questions(corpus.questions);

try {
  const memory = join(scratch, String(size));
  await new MemoryFilling(corpus, Number(option("stride", "1"))).fill(memory, size);
  const provider = await startMeasured(
    fileURLToPath(new URL("../test/support/scripted-provider/main.ts", import.meta.url)),
    ["--tokens", String(TOKENS), "--keep", "0"],
  );
  try {
    const product = await startProxied(memory, { provider: provider.url });
    try {
      publish("proxy", report(await measured(product)));
    } finally {
      await product.stop();
    }
  } finally {
    await provider.stop();
  }
} finally {
  if (kept === "") rmSync(scratch, { recursive: true, force: true });
}

async function measured(product: ProxiedProduct): Promise<Record<Kind, Round[]>> {
  await product.search({ query: questions.next(), mode: "semantic" });
  await untilIdle(product);
  const ways: Way[] = [
    { name: DIRECT, url: product.bridge, headers: {} },
    { name: OFF, url: product.proxy, headers: { "x-sekha-memory": "off" } },
    { name: ON, url: product.proxy, headers: {} },
  ];
  const connections = ways.map((way) => ({ way, connection: new ChatConnection(way) }));
  const seen: Record<Kind, Round[]> = { stream: [], "whole answer": [] };
  const talks = { stream: new Talk(questions), "whole answer": new Talk(questions) };
  for (let at = -WARM_UP_ROUNDS; at < rounds; at += 1) {
    if (at % 50 === 0) progress(at < 0 ? "Warming up" : `Round ${at} of ${rounds}`);
    for (const kind of KINDS) {
      const first = (at + WARM_UP_ROUNDS) % connections.length;
      const order = [...connections.slice(first), ...connections.slice(0, first)];
      const round = await talks[kind].round(order, kind);
      if (at >= 0) seen[kind].push(round);
      await pause(pauseMs);
    }
  }
  for (const { connection } of connections) await connection.close();
  return seen;
}

function report(seen: Record<Kind, Round[]>): string {
  const rows = KINDS.flatMap((kind) => {
    const added = (name: string) => seen[kind].map(({ ms }) => (ms[name] ?? 0) - (ms[DIRECT] ?? 0));
    const [onP50, onP95] = spread(added(ON));
    const [offP50, offP95] = spread(added(OFF));
    const isOnMet = onP50 <= ASKED.onP50 && onP95 <= ASKED.onP95;
    return [
      [kind, "on", ms(onP50), ms(onP95), "p50 ≤ 40 ms, p95 ≤ 100 ms", verdict(isOnMet)],
      [kind, "off", ms(offP50), ms(offP95), "p50 ≤ 2 ms", verdict(offP50 <= ASKED.offP50)],
    ];
  });
  const all = KINDS.flatMap((kind) => seen[kind]);
  const times = KINDS.flatMap((kind) =>
    [DIRECT, OFF, ON].map((name) => {
      const [p50, p95, p99] = spread(seen[kind].map((round) => round.ms[name] ?? Number.NaN));
      return [kind, name, ms(p50), ms(p95), ms(p99)];
    }),
  );
  const told = all.flatMap((round) => round.told ?? []);
  const memoryMs = told.map(({ took_ms: took }) => took);
  const count = (recall: string) => told.filter((one) => one.recall === recall).length;
  return [
    `Measured on: ${machine()}. ${size.toLocaleString("en")} messages, ${rounds} rounds a kind with ${pauseMs} ms between them, one client.`,
    table([["answer", "memory", "added, p50", "added, p95", "asked", ""], ...rows]),
    table([["first byte of", "through", "p50", "p95", "p99"], ...times]),
    `Added is each request's time less that of the same prompt sent to the bridge in the same round. Memory's own part, as the answers tell it: ${ms(percentile(memoryMs, 0.5))} (p50), ${ms(percentile(memoryMs, 0.95))} (p95). Of ${told.length} requests with memory ${count("used")} got a block, ${count("none")} found nothing relevant, ${count("late")} went on without after 300 ms.`,
  ].join("\n\n");
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
