import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A Chroma server of one test, with a folder of its own. */
export interface ChromaServer {
  readonly url: string;
  /** Again on the same port and folder, after `stop` or `kill`. */
  start(): Promise<void>;
  /** In good order. */
  stop(): Promise<void>;
  /** As a crash: what it did not write is lost. */
  kill(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

const INSTALLER = "test/support/install-chroma-server.sh";
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/chroma-server", import.meta.url));
const START_LIMIT_MS = 30_000;
/** Newer servers may ignore signals and spin. */
const STOP_LIMIT_MS = 5000;

/** Where the server's program is; it is not among the dependencies, since it unpacks to 421 MB. */
function program(): string {
  const folder = process.env.SEKHA_CHROMA_SERVER ?? CACHE;
  return join(folder, "node_modules/chromadb/dist/cli.mjs");
}

/**
 * Whether tests may be skipped for want of a server: never in CI. Says how to get it.
 * @throws Error in CI, where the server is missing.
 */
export function hasChromaServer(): boolean {
  if (existsSync(program())) return true;
  const remedy = `No Chroma server at ${program()}: run ${INSTALLER}, or set SEKHA_CHROMA_SERVER to a folder with one.`;
  if (process.env.SEKHA_CI === "1") throw new Error(remedy);
  process.stderr.write(`\nSKIPPED, the tests against ChromaDB. ${remedy}\n\n`);
  return false;
}

/** A running server on a free port of this machine. */
export async function startChromaServer(): Promise<ChromaServer> {
  const folder = mkdtempSync(join(tmpdir(), "sekha-chroma-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: ChildProcess | null = null;
  const end = async (signal: "SIGINT" | "SIGKILL") => {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(late);
  };
  const server: ChromaServer = {
    url,
    start: async () => {
      running = spawn(
        process.execPath,
        [program(), "run", "--path", folder, "--port", String(port), "--host", "127.0.0.1"],
        { stdio: "ignore" },
      );
      await answering(url, running);
    },
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    close: async () => {
      await end("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** Free when it was looked at: for a server that is not started yet too. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Chroma ended with ${child.exitCode}`);
    try {
      const response = await fetch(`${url}/api/v2/heartbeat`, {
        signal: AbortSignal.timeout(1000),
      });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(100);
  }
  throw new Error(`Chroma did not answer at ${url} within ${START_LIMIT_MS / 1000} s`);
}
