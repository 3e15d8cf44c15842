import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "../../test/support/build-lock.ts";

export type BridgeOrder = { ask: "usage" } | { jumpMs: number };

/** Of a process since its start. */
export interface ProcessUsage {
  cpuMs: number;
  rssBytes: number;
}

/** A server in a process of its own, that says what it used. */
export interface MeasuredProcess {
  readonly url: string;
  usage(): Promise<ProcessUsage>;
  stop(): Promise<void>;
}

/** A running LLM bridge. */
export interface Bridge extends MeasuredProcess {
  /** Sets the process's wall clock so many milliseconds off. */
  jumpClock(ms: number): Promise<void>;
}

const ENTRY = fileURLToPath(new URL("./bridge-process.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** As deploy/ starts a bridge alone (docs/decisions/llm-layer.md). */
const BRIDGE_OPTIONS = [
  "--no-concurrent-recompilation",
  "--invocation-count-for-turbofan=1200",
  "--min-semi-space-size=4",
  "--max-semi-space-size=4",
];
const BRIDGE_ENVIRONMENT = { MALLOC_ARENA_MAX: "1" };

let isBuilt = false;

/** Once a process: what is measured or tried does not change meanwhile. */
function build(): void {
  if (isBuilt) return;
  withBuildLock(() =>
    execFileSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: ["ignore", 2, 2] }),
  );
  isBuilt = true;
}

/** Builds the program and starts its bridge with a configuration (the YAML's keys) on a temporary data directory. */
export async function startBridge(configuration: object): Promise<Bridge> {
  build();
  const directory = mkdtempSync(join(tmpdir(), "sekha-bridge-"));
  // JSON is YAML.
  writeFileSync(join(directory, "config.yaml"), JSON.stringify(configuration));
  const child = await startMeasured(ENTRY, [directory], {
    nodeOptions: BRIDGE_OPTIONS,
    environment: BRIDGE_ENVIRONMENT,
  });
  return {
    ...child,
    jumpClock: async (jumpMs) => {
      await child.order({ jumpMs });
    },
    stop: async () => {
      await child.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface MeasuredOptions {
  nodeOptions?: readonly string[];
  /** Added to this process's own. */
  environment?: Record<string, string>;
}

/** Starts a program that sends `{url}` when it listens and answers every message with its usage. */
export async function startMeasured(
  entry: string,
  programArguments: readonly string[],
  { nodeOptions = [], environment = {} }: MeasuredOptions = {},
): Promise<MeasuredProcess & { order(order: BridgeOrder): Promise<ProcessUsage> }> {
  const child = fork(entry, [...programArguments], {
    execArgv: [...nodeOptions, ...(entry.endsWith(".ts") ? ["--conditions=source"] : [])],
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const end = () => void child.kill();
  process.once("exit", end);
  const { url } = await Promise.race([
    nextMessage<{ url: string }>(child),
    ended.then(([code]) => {
      throw new Error(`${entry} ended with exit code ${String(code)} at its start`);
    }),
  ]);
  const order = async (one: BridgeOrder) => {
    const answer = nextMessage<ProcessUsage>(child);
    child.send(one);
    return answer;
  };
  return {
    url,
    order,
    usage: () => order({ ask: "usage" }),
    stop: async () => {
      process.off("exit", end);
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, "message")) as [T];
  return message;
}
