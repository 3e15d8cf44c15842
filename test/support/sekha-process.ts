import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SekhaClient } from "@sekha/sdk";
import { PROGRAM_ENVIRONMENT } from "./program-environment.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PINNED_NODE = join(REPOSITORY, "node_modules/.bin/node");
/** From source, or what SEKHA_TEST_PROGRAM names: the program as it is installed (built-program.mjs). */
const SEKHA = process.env.SEKHA_TEST_PROGRAM ?? join(REPOSITORY, "server/bin/sekha.mjs");

/** What SEKHA_TEST_NODE names (the oldest that users may have), else the pinned one, else the one that runs the tests. */
const NODE =
  process.env.SEKHA_TEST_NODE ?? (existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath);

const LOOK_MS = 15;
/** Longer than any start on a busy machine; the promise of 10 s has a test of its own. */
const START_MS = 60_000;

export interface SekhaOptions {
  dataDirectory: string;
  /** Variables beside the temporary home; little of the test's own environment. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** Sent by `fetch` and by `client`. */
  apiKey?: string | undefined;
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The environment a program of a test gets: a home of its own and nothing of this machine's. */
function environmentOf({ dataDirectory, environment = {} }: SekhaOptions): NodeJS.ProcessEnv {
  return {
    ...PROGRAM_ENVIRONMENT,
    HOME: join(dataDirectory, ".."),
    SEKHA_DATA_DIR: dataDirectory,
    SEKHA__SERVER__PORT: "0",
    SEKHA__BRIDGE__PORT: "0",
    SEKHA__PROXY__PORT: "0",
    LOG_FORMAT: "json",
    ...environment,
  };
}

/** The real program in a process of its own, listening on a real port. */
export class SekhaProcess {
  readonly options: SekhaOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #output = "";
  #ended = false;
  #url = "";

  private constructor(options: SekhaOptions) {
    this.options = options;
    this.#child = spawn(NODE, [SEKHA, "start"], {
      cwd: join(options.dataDirectory, ".."),
      env: environmentOf(options),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.#exited = once(this.#child, "close").then(([code]: (number | null)[]) => {
      this.#ended = true;
      return code ?? null;
    });
  }

  /** Starts `sekha start` and resolves when /health answers. Rejects with its output when it ends. */
  static async start(options: SekhaOptions): Promise<SekhaProcess> {
    const sekha = SekhaProcess.spawn(options);
    await sekha.healthy();
    return sekha;
  }

  /** Starts `sekha start` and waits for nothing. */
  static spawn(options: SekhaOptions): SekhaProcess {
    return new SekhaProcess(options);
  }

  /** Address of the controller, without a slash at the end. */
  get url(): string {
    return this.#url;
  }

  /** Address of the LLM bridge, as the log has it; empty while it does not listen. */
  get bridgeUrl(): string {
    return this.#urlOf("bridge");
  }

  /** Address of the proxy, as the log has it; empty while it does not listen. */
  get proxyUrl(): string {
    return this.#urlOf("proxy");
  }

  #urlOf(service: string): string {
    const line = this.log.find(({ msg }) => msg.startsWith(`${service} listens on `));
    return (
      /http:\/\/\S+(?=,)/.exec(line?.msg ?? "")?.[0].replace("//0.0.0.0:", "//127.0.0.1:") ?? ""
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** All it wrote so far, standard output and error. */
  get output(): string {
    return this.#output;
  }

  /** The JSON lines of the log. */
  get log(): { level: number; msg: string }[] {
    return this.#output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { level: number; msg: string });
  }

  get client(): SekhaClient {
    return new SekhaClient({ controllerURL: this.#url, apiKey: this.options.apiKey, retries: 0 });
  }

  /** Resolves when /health answers, whatever it says. */
  async healthy(): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      if (this.#ended) throw new Error(`sekha ended at its start:\n${this.#output}`);
      this.#url = announcedUrl(this.options.dataDirectory, this.pid) ?? "";
      if (this.#url !== "" && (await answers(`${this.#url}/health`))) return;
      await sleep(LOOK_MS);
    }
    throw new Error(`sekha did not answer within ${START_MS} ms:\n${this.#output}`);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const { apiKey } = this.options;
    if (apiKey !== undefined) headers.set("Authorization", `Bearer ${apiKey}`);
    return fetch(path.startsWith("http") ? path : `${this.#url}${path}`, { ...init, headers });
  }

  /** Sends `body` as JSON and reads the answer as JSON, whatever its status. A whole URL goes where it says. */
  async json(method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    const response = await this.fetch(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  }

  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null> {
    if (!this.#ended) this.#child.kill("SIGTERM");
    return this.#exited;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Resolves with the exit code when it ends by itself. */
  exited(): Promise<number | null> {
    return this.#exited;
  }

  /** Starts again on the same data. */
  restart(change: Partial<SekhaOptions> = {}): Promise<SekhaProcess> {
    return SekhaProcess.start({ ...this.options, ...change });
  }

  /** Resolves once the log has a line that matches; rejects after `timeoutMs`. */
  async logged(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    const { msg } = await eventually(() => this.log.find((line) => pattern.test(line.msg)), {
      what: `a log line ${pattern}`,
      timeoutMs,
      detail: () => this.#output,
    });
    return msg;
  }

  /** Resolves when no message waits for its vector. */
  async embedded(timeoutMs = 90_000): Promise<void> {
    await eventually(
      async () => {
        const { queue } = await this.client.embeddingsStatus();
        if (queue.parked > 0) throw new Error(`${queue.parked} messages are parked`);
        return queue.pending + queue.processing === 0 ? true : undefined;
      },
      { what: "an empty embedding queue", timeoutMs, detail: () => this.#output },
    );
  }
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a client in any language sees, unchecked
  body: any;
}

export interface RunningCommand {
  exited: Promise<CommandResult>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Runs one command of the CLI to its end. */
export function runSekha(
  commandLine: readonly string[],
  options: SekhaOptions,
): Promise<CommandResult> {
  return startCommand(commandLine, options).exited;
}

/** Starts a command of the CLI. */
export function startCommand(
  commandLine: readonly string[],
  options: SekhaOptions,
): RunningCommand {
  const child = spawn(NODE, [SEKHA, ...commandLine], {
    cwd: join(options.dataDirectory, ".."),
    env: environmentOf(options),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result: CommandResult = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    result.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    result.stderr += text;
  });
  const exited = once(child, "close").then(([code]: (number | null)[]) => ({
    ...result,
    code: code ?? null,
  }));
  return {
    exited,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Asks until there is an answer. Rejects after `timeoutMs`, 30 s when absent. */
export async function eventually<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  options: { what: string; timeoutMs?: number; detail?: () => string },
): Promise<T> {
  const { what, timeoutMs = 30_000, detail } = options;
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(LOOK_MS * 2);
  }
  throw new Error(`There was not ${what} within ${timeoutMs} ms. ${detail?.() ?? ""}`);
}

/** Where the process announced that it listens; null before, and for the file of an older one. */
function announcedUrl(dataDirectory: string, pid: number): string | null {
  // A bridge or a proxy alone has a folder of its own.
  for (const folder of ["", "bridge", "proxy"].map((name) => join(dataDirectory, name))) {
    try {
      const text = readFileSync(join(folder, "server.json"), "utf8");
      const owner = JSON.parse(text) as { pid: number; url: string | null };
      if (owner.pid !== pid) continue;
      return owner.url?.replace("//0.0.0.0:", "//127.0.0.1:") ?? null;
    } catch {
      // Not there yet: asked again.
    }
  }
  return null;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    // Not listening yet: asked again.
    return false;
  }
}
