/**
 * Two controllers, one bridge, one PostgreSQL: is anything lost or doubled when one controller is killed and started
 * again, and the database restarts? How many requests fail, and how long does each interruption last?
 * `npm run bench:several -- [--seconds 120] [--clients 8] [--write]`
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { databaseOn, startPostgres } from "../test/support/postgres-server.ts";
import { SekhaProcess } from "../test/support/sekha-process.ts";
import { machine, option, progress, publish, table, verdict } from "./support/report.ts";

const seconds = Number(option("seconds", "120"));
const clients = Number(option("clients", "8"));
/** Of all requests. */
const STORED_SHARE = 0.7;
const REQUEST_MS = 10_000;
const RETRY_MS = 100;
/** Without an error for so long, an interruption is over. */
const QUIET_MS = 2_000;
const DRAIN_MS = 300_000;

const events = [
  { at: 0.25, name: "one controller killed (SIGKILL)" },
  { at: 0.4, name: "that controller started again" },
  { at: 0.65, name: "PostgreSQL restarted" },
] as const;

interface Attempt {
  kind: "store" | "search";
  /** Milliseconds since the load began. */
  at: number;
  tookMs: number;
  /** "" when it was answered as it should be. */
  failure: string;
}

const place = mkdtempSync(join(tmpdir(), "sekha-several-"));
const server = await startPostgres();
const database = await databaseOn(server.url());
const processes: SekhaProcess[] = [];

/** A controller that refused a connection is left alone for so long, as a balancer does. */
const SHUNNED_MS = 1_000;
const shunnedUntil = new Map<string, number>();

function chosen(urls: readonly string[], turn: number): string {
  const now = performance.now();
  const open = urls.filter((url) => (shunnedUntil.get(url) ?? 0) <= now);
  const among = open.length > 0 ? open : urls;
  return among[turn % among.length] ?? "";
}

/** Words that occur in one message alone. */
const acknowledged = new Map<string, string>();
const attempts: Attempt[] = [];
let startedAt = 0;

async function start(name: string, environment: Record<string, string>): Promise<SekhaProcess> {
  const dataDirectory = join(place, name, "data");
  mkdirSync(dataDirectory, { recursive: true });
  const one = SekhaProcess.spawn({ dataDirectory, environment });
  processes.push(one);
  await one.healthy();
  return one;
}

function controllerEnvironment(bridgeUrl: string): Record<string, string> {
  return { DATABASE_URL: database.url, SEKHA_SERVICES: "controller", LLM_BRIDGE_URL: bridgeUrl };
}

/** One try against one controller; resolves with why it failed. */
async function attempt(
  kind: Attempt["kind"],
  url: string,
  request: { path: string; body: object; headers?: Record<string, string> },
): Promise<{ failure: string; body: unknown }> {
  const began = performance.now();
  let failure = "";
  let body: unknown = null;
  try {
    const response = await fetch(`${url}${request.path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...request.headers },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    body = await response.json();
    if (!response.ok) failure = String(response.status);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    failure = cause?.code ?? (error as Error).name;
    if (failure === "ECONNREFUSED") shunnedUntil.set(url, performance.now() + SHUNNED_MS);
  }
  const at = began - startedAt;
  attempts.push({ kind, at, tookMs: performance.now() - began, failure });
  return { failure, body };
}

/** As a careful client: what was not answered is sent again under the same key, to the other controller. */
async function store(urls: readonly string[], first: number): Promise<void> {
  const word = `w${randomUUID().replaceAll("-", "")}`;
  const request = {
    path: "/api/v1/conversations",
    headers: { "Idempotency-Key": word },
    body: {
      label: "Load",
      messages: [
        { role: "user", content: `Remember that ${word} is the name of the boat.` },
        { role: "assistant", content: "I will remember the name of your boat." },
      ],
    },
  };
  for (let turn = first; ; turn += 1) {
    const { failure, body } = await attempt("store", chosen(urls, turn), request);
    if (failure === "") {
      acknowledged.set(word, (body as { id: string }).id);
      return;
    }
    await sleep(RETRY_MS);
  }
}

async function client(urls: readonly string[], number: number, until: number): Promise<void> {
  for (let turn = number; performance.now() < until; turn += 1) {
    if (Math.random() < STORED_SHARE) await store(urls, turn);
    else {
      const body = { query: "what is the name of the boat", limit: 5 };
      await attempt("search", chosen(urls, turn), { path: "/api/v1/query", body });
    }
  }
}

/** From an event until nothing fails any more, milliseconds; 0 when nothing failed. */
function interruption(from: number, to: number): { failed: number; lastedMs: number } {
  const failed = attempts.filter(({ at, failure }) => failure !== "" && at >= from && at < to);
  let last = from;
  for (const { at, tookMs } of failed.sort((left, right) => left.at - right.at)) {
    if (at - last > QUIET_MS && last > from) break;
    last = Math.max(last, at + tookMs);
  }
  return { failed: failed.length, lastedMs: last - from };
}

async function storedWords(): Promise<{ counts: Map<string, number>; messages: number }> {
  const connection = new pg.Client({
    connectionString: server.url(new URL(database.url).pathname.slice(1)),
  });
  await connection.connect();
  const { rows } = await connection.query<{ content: string }>(
    "SELECT content FROM sekha.messages WHERE role = 'user'",
  );
  await connection.end();
  const counts = new Map<string, number>();
  for (const { content } of rows) {
    const word = /\bw[0-9a-f]{32}\b/.exec(content)?.[0] ?? "";
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { counts, messages: rows.length };
}

try {
  progress("Starting one bridge and two controllers");
  const bridge = await start("bridge", { SEKHA_SERVICES: "bridge" });
  const first = await start("first", controllerEnvironment(bridge.bridgeUrl));
  const second = await start("second", controllerEnvironment(bridge.bridgeUrl));
  const urls = [first.url, second.url];
  startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  progress(`${clients} clients for ${seconds} s`);
  const load = Promise.all(
    Array.from({ length: clients }, (_, number) => client(urls, number, until)),
  );
  const happened: number[] = [];
  const at = async (index: number, act: () => Promise<unknown>) => {
    await sleep(
      Math.max(0, startedAt + seconds * 1000 * (events[index]?.at ?? 0) - performance.now()),
    );
    happened.push(performance.now() - startedAt);
    progress(`${Math.round((happened.at(-1) ?? 0) / 1000)} s: ${events[index]?.name}`);
    await act();
  };
  const { port } = new URL(first.url);
  await at(0, () => first.kill());
  await at(1, async () => {
    const again = await first.restart({
      environment: { ...controllerEnvironment(bridge.bridgeUrl), SEKHA__SERVER__PORT: port },
    });
    processes.push(again);
  });
  await at(2, () => server.restart());
  await load;
  const ended = performance.now() - startedAt;

  progress("Waiting until every message is embedded");
  await second.embedded(DRAIN_MS);
  const { counts, messages } = await storedWords();
  const lost = [...acknowledged.keys()].filter((word) => !counts.has(word)).length;
  const doubled = [...counts.values()].filter((count) => count > 1).length;
  let unreadable = 0;
  for (const id of acknowledged.values()) {
    const { status } = await second.json("GET", `/api/v1/conversations/${id}`);
    if (status !== 200) unreadable += 1;
  }
  const failed = attempts.filter(({ failure }) => failure !== "");
  const reasons = [...Map.groupBy(failed, ({ failure }) => failure)]
    .map(([reason, list]) => `${reason} ${list.length}`)
    .join(", ");
  const answered = attempts.filter(({ failure }) => failure === "");
  const ms = (kind: Attempt["kind"], share: number) => {
    const sorted = answered
      .filter((one) => one.kind === kind)
      .map(({ tookMs }) => tookMs)
      .sort((left, right) => left - right);
    return (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0);
  };
  publish(
    "several",
    [
      `Measured on: ${machine()}. ${clients} clients, ${seconds} s, ${Math.round(STORED_SHARE * 100)} % of the requests store; a request that is not answered is sent again under its idempotency key.`,
      "",
      table([
        ["what", "figure", ""],
        ["conversations acknowledged", String(acknowledged.size), ""],
        ["of these lost", String(lost + unreadable), verdict(lost + unreadable === 0)],
        ["stored twice", String(doubled), verdict(doubled === 0)],
        ["stored without an acknowledgement", String(messages - acknowledged.size), ""],
        ["requests", String(attempts.length), ""],
        [
          "failed",
          `${failed.length} (${((100 * failed.length) / attempts.length).toFixed(2)} %): ${reasons || "none"}`,
          "",
        ],
        ["store, p50 and p95", `${ms("store", 0.5)} and ${ms("store", 0.95)} ms`, ""],
        ["search, p50 and p95", `${ms("search", 0.5)} and ${ms("search", 0.95)} ms`, ""],
      ]),
      "",
      table([
        ["event", "failed requests until the next", "until nothing failed any more"],
        ...events.map(({ name }, index) => {
          const from = happened[index] ?? 0;
          const { failed: count, lastedMs } = interruption(from, happened[index + 1] ?? ended);
          return [name, String(count), `${(lastedMs / 1000).toFixed(1)} s`];
        }),
      ]),
    ].join("\n"),
  );
  if (lost + unreadable + doubled > 0) process.exitCode = 1;
} finally {
  await Promise.allSettled(processes.map((one) => one.kill()));
  // The server's process does not keep this one alive.
  const waiting = setInterval(() => undefined, 1000);
  await server.stop();
  clearInterval(waiting);
  rmSync(place, { recursive: true, force: true });
}
