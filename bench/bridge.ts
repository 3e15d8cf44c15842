/**
 * What does the bridge cost a request, beside the least that a hop can cost, and does its memory stay flat?
 * `npm run bench:bridge -- [--rounds 7] [--per-round 3000] [--warm-up 40000] [--requests 300000] [--memory] [--write]`;
 * `--memory` asks the second question alone, which takes no quiet machine. Each hop answers so many requests before it is
 * measured, and a quarter as many streams: until then V8 is still compiling what it runs. The provider is a scripted one
 * in a process of its own, the bridge is the built program; provider, hops and load share the machine's cores, so CPU a
 * request is the figure and throughput informs. Portkey's gateway takes part after `npm i --prefix bench/portkey`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type MeasuredProcess, startBridge, startMeasured } from "./support/bridge.ts";
import { type Hop, measure, type Round } from "./support/hop-load.ts";
import { portkeyInstalled } from "./support/portkey.ts";
import { flag, machine, option, progress, publish, table, verdict } from "./support/report.ts";
import { percentile } from "./support/statistics.ts";

const KEY = "test-bridge-key";
const TOKENS = "60";
const CONNECTIONS = 10;
const MEBI = 2 ** 20;
const MEMORY_STEPS = 10;
const KINDS = ["whole, 10 connections", "whole, 1 connection", "stream, 1 connection"] as const;
type Kind = (typeof KINDS)[number];

const rounds = Number(option("rounds", "7"));
const perRound = Number(option("per-round", "3000"));
const warmUp = Number(option("warm-up", "40000"));
const requests = Number(option("requests", "300000"));
const isMemoryAlone = flag("memory");

const provider = await startMeasured(
  fileURLToPath(new URL("../test/support/scripted-provider/main.ts", import.meta.url)),
  [...["--tokens", TOKENS, "--keep", "0"]],
);
const running: MeasuredProcess[] = [provider];
try {
  const hops = await startHops();
  const cold = isMemoryAlone ? undefined : await warmedUp(hops);
  const seen = isMemoryAlone ? undefined : await interleaved(hops);
  const memory = await memoryUnderLoad(hops);
  if (seen === undefined || cold === undefined) publish("bridge-memory", memoryReport(memory));
  else publish("bridge", report(hops, { seen, cold, memory }));
} finally {
  for (const one of running.toReversed()) await one.stop();
}

async function startHops(): Promise<Hop[]> {
  const bridge = await startBridge(configuration());
  running.push(bridge);
  const bare = await startMeasured(
    fileURLToPath(new URL("./support/bare-hop.ts", import.meta.url)),
    [provider.url],
  );
  running.push(bare);
  const hop = (name: string, own: MeasuredProcess | undefined, headers = {}): Hop => ({
    name,
    url: own?.url ?? provider.url,
    process: own,
    headers: { authorization: `Bearer ${KEY}`, ...headers },
  });
  const hops = [hop("direct", undefined), hop("bare hop", bare), hop("Sekha", bridge)];
  if (!portkeyInstalled()) {
    progress("PORTKEY IS NOT INSTALLED and takes no part: npm i --prefix bench/portkey");
    return hops;
  }
  const portkey = await startMeasured(
    fileURLToPath(new URL("./support/portkey-process.ts", import.meta.url)),
    [String(await freePort())],
  );
  running.push(portkey);
  const headers = {
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${provider.url}/v1`,
  };
  return [...hops, hop("Portkey", portkey, headers)];
}

/** With a key, prices and budgets: everything that a request pays for in use. */
function configuration() {
  const model = {
    model_id: "bench-model",
    task: "chat_smart",
    cost_per_1k_input: 0.001,
    cost_per_1k_output: 0.002,
  };
  return {
    bridge_api_key: KEY,
    // Checked at every request, reached by none.
    rate_limit_per_minute: 1_000_000_000,
    llm_providers: [
      {
        id: "scripted",
        provider_type: "openai",
        base_url: `${provider.url}/v1`,
        api_key: "test-key",
        models: [model],
      },
    ],
    default_models: { chat_smart: "bench-model" },
    budgets: { per_day: 1_000_000, per_day_for_each_key: 1_000_000 },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Seen = Map<string, Record<Kind, Round[]>>;

/** CPU milliseconds a request of each process's first requests. */
type Cold = Map<string, number>;

async function warmedUp(hops: readonly Hop[]): Promise<Cold> {
  const cold: Cold = new Map();
  for (const hop of hops) {
    progress(`Warming up: ${hop.name}`);
    const first = await measure(hop, loadOf(KINDS[0]));
    cold.set(hop.name, first.cpuMsPerRequest);
    const connections = CONNECTIONS;
    await measure(hop, { requests: warmUp, connections, stream: false });
    await measure(hop, { requests: Math.ceil(warmUp / 4), connections, stream: true });
  }
  return cold;
}

/** Every round asks all hops, beginning with another one each time; the first round only brings them back to work. */
async function interleaved(hops: readonly Hop[]): Promise<Seen> {
  const seen: Seen = new Map(
    hops.map(({ name }) => [name, { [KINDS[0]]: [], [KINDS[1]]: [], [KINDS[2]]: [] }]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    progress(`Round ${round} of ${rounds}`);
    const order = [...hops.slice(round % hops.length), ...hops.slice(0, round % hops.length)];
    for (const kind of KINDS) {
      for (const hop of order) {
        const measured = await measure(hop, loadOf(kind));
        if (round > 0) seen.get(hop.name)?.[kind].push(measured);
      }
    }
  }
  return seen;
}

function loadOf(kind: Kind) {
  const alone = kind !== KINDS[0];
  return {
    requests: alone ? Math.ceil(perRound / 4) : perRound,
    connections: alone ? 1 : CONNECTIONS,
    stream: kind === KINDS[2],
  };
}

/** Resident bytes of the bridge after each step, streams and whole answers in turn. */
async function memoryUnderLoad(hops: readonly Hop[]): Promise<number[]> {
  const bridge = hops.find(({ name }) => name === "Sekha");
  const series: number[] = [];
  for (let step = 0; step < MEMORY_STEPS && bridge !== undefined && requests > 0; step += 1) {
    progress(`Memory: ${Math.round((requests * step) / MEMORY_STEPS)} of ${requests} requests`);
    const half = { requests: Math.ceil(requests / MEMORY_STEPS / 2), connections: CONNECTIONS };
    await measure(bridge, { ...half, stream: false });
    await measure(bridge, { ...half, stream: true });
    series.push((await bridge.process?.usage())?.rssBytes ?? Number.NaN);
  }
  return series;
}

interface Measured {
  seen: Seen;
  cold: Cold;
  memory: readonly number[];
}

function report(hops: readonly Hop[], { seen, cold, memory }: Measured): string {
  const roundsOf = (name: string, kind: Kind) => seen.get(name)?.[kind] ?? [];
  const cpu = (name: string, kind: Kind) =>
    median(roundsOf(name, kind).map(({ cpuMsPerRequest }) => cpuMsPerRequest));
  const p50 = (name: string, kind: Kind) =>
    median(roundsOf(name, kind).map(({ times }) => median(times)));
  const rate = (name: string) =>
    median(roundsOf(name, KINDS[0]).map(({ requestsPerSecond }) => requestsPerSecond));
  const ms = (value: number) => (Number.isNaN(value) ? "" : `${value.toFixed(2)} ms`);
  const rows = hops.map(({ name }) => [
    name,
    ms(cpu(name, KINDS[0])),
    ms(cpu(name, KINDS[2])),
    ms(p50(name, KINDS[1])),
    ms(p50(name, KINDS[2])),
    rate(name).toFixed(0),
  ]);
  const ratio = cpu("Sekha", KINDS[0]) / cpu("bare hop", KINDS[0]);
  const added = (kind: Kind) => p50("Sekha", kind) - p50("direct", kind);
  return [
    `Measured on: ${machine()}. ${rounds} interleaved rounds of ${perRound} requests, medians, after ${warmUp.toLocaleString("en")} requests to each; ${TOKENS} tokens an answer.`,
    table([
      ["what", "measured", "asked", ""],
      target("CPU a request, of the bare hop's", `${ratio.toFixed(2)} ×`, [
        "≤ 2.5 ×",
        ratio <= 2.5,
      ]),
      target("added p50", ms(added(KINDS[1])), ["≤ 1 ms", added(KINDS[1]) <= 1]),
      target("added to a stream's first token", ms(added(KINDS[2])), [
        "≤ 1 ms",
        added(KINDS[2]) <= 1,
      ]),
      ...memoryRow(memory),
    ]),
    table([
      ["", "CPU a request", "CPU a stream", "p50", "stream's first token", "requests/s"],
      ...rows,
    ]),
    `Requests/s at ${CONNECTIONS} connections; p50 and first token at one. "Added" is against asking the provider directly. With a key, prices and budgets.`,
    `While V8 compiles, in the first ${perRound} requests of a process: ${ms(cold.get("Sekha") ?? Number.NaN)} of CPU a request, the bare hop ${ms(cold.get("bare hop") ?? Number.NaN)}.`,
    ...(memory.length === 0 ? [] : [alongTheWay(memory)]),
  ].join("\n\n");
}

function memoryReport(memory: readonly number[]): string {
  return [
    `Measured on: ${machine()}. Whole answers and streams in turn, ${CONNECTIONS} connections.`,
    table([["what", "measured", "asked", ""], ...memoryRow(memory)]),
    alongTheWay(memory),
  ].join("\n\n");
}

function alongTheWay(memory: readonly number[]): string {
  return `Resident memory along the way: ${mebi(memory)} MiB.`;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function target(what: string, measured: string, [asked, met]: [string, boolean]): string[] {
  return [what, measured, asked, verdict(met)];
}

function mebi(memory: readonly number[]): string {
  return memory.map((bytes) => (bytes / MEBI).toFixed(0)).join(", ");
}

/** Flat: the last third is at most 10 % above the third before it. */
function memoryRow(memory: readonly number[]): string[][] {
  if (memory.length === 0) return [];
  const third = Math.floor(memory.length / 3);
  const before = Math.max(...memory.slice(-2 * third, -third));
  const end = Math.max(...memory.slice(-third));
  const most = Math.max(...memory) / MEBI;
  const shown = `at most ${most.toFixed(0)} MiB, at the end ${((100 * end) / before).toFixed(0)} % of before`;
  const what = `memory over ${requests.toLocaleString("en")} requests`;
  return [target(what, shown, ["≤ 150 MB, flat", most * MEBI <= 150e6 && end <= 1.1 * before])];
}
