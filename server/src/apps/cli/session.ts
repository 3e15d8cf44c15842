import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import { type BridgeClient, SekhaClient } from "@sekha/sdk";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { CliIo } from "./cli-io.ts";
import { ProgressLine } from "./progress.ts";

export interface GlobalOptions {
  json?: boolean;
  color?: boolean;
  apiUrl?: string;
  apiKey?: string;
  config?: string;
  dataDir?: string;
  quiet?: boolean;
}

/** The memory a command works on. */
export interface Memory {
  client: SekhaClient;
  /** The bridge of the same process, where the directory was opened here; null: it is asked over HTTP. */
  bridge: BridgeClient | null;
  place: { kind: "server"; url: string } | { kind: "directory"; path: string };
}

/** Who owns the data directory, or answers for `--api-url`. */
export interface FoundServer {
  url: string;
  pid: number | null;
  /** What a stand-in (`sekha mcp`) is asked with. */
  key?: string | undefined;
}

type Style = Parameters<typeof styleText>[0];
/** Host of requests that never leave the process. */
const INJECTED_URL = "http://sekha.internal";
const INJECTED_BRIDGE_URL = "http://bridge.sekha.internal";

/** One run of the CLI: its world, the global options, and the memory it works on. */
export class Session {
  readonly io: CliIo;
  readonly options: GlobalOptions;
  /** 0 unless a command says otherwise. */
  exitCode = 0;
  #config: Config | undefined;

  constructor(io: CliIo, options: GlobalOptions) {
    this.io = io;
    this.options = options;
  }

  get json(): boolean {
    return this.options.json === true;
  }

  get quiet(): boolean {
    return this.options.quiet === true;
  }

  get colour(): boolean {
    return this.io.colour && this.options.color !== false;
  }

  /** Columns to fit to; what is piped is written in full. */
  get width(): number {
    return this.io.isTerminal ? Math.max(20, this.io.columns) : Number.POSITIVE_INFINITY;
  }

  /** The configuration with --config and --data-dir. Throws ConfigError. */
  get config(): Config {
    this.#config ??= this.readConfig();
    return this.#config;
  }

  /** The same, read again. */
  readConfig(): Config {
    const { config: file, dataDir } = this.options;
    const { env, cwd, homeDirectory } = this.io;
    return loadConfig({
      argv: {
        ...(file === undefined ? {} : { file }),
        overrides: dataDir === undefined ? {} : { data_directory: dataDir },
      },
      env,
      cwd,
      homeDirectory,
      readFile: (path) => readFileSync(path, "utf8"),
    });
  }

  paint(style: Style, text: string): string {
    return this.colour ? styleText(style, text, { validateStream: false }) : text;
  }

  print(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** News beside the result: on stderr, and not with --quiet. */
  note(text: string): void {
    if (!this.quiet) this.io.stderr.write(`${text}\n`);
  }

  warn(text: string): void {
    this.io.stderr.write(`${this.paint("yellow", "Warning:")} ${text}\n`);
  }

  progress(): ProgressLine {
    const { stderr, isErrorTerminal, columns, now } = this.io;
    const silent = this.quiet || (this.json && !isErrorTerminal);
    const stream = silent ? { write: () => true } : stderr;
    return new ProgressLine({
      stream: stream as NodeJS.WritableStream,
      isTerminal: isErrorTerminal,
      columns,
      now,
    });
  }

  /** Where --api-url or a running server is, null when the directory is free. */
  async findServer(): Promise<FoundServer | null> {
    const { apiUrl } = this.options;
    if (apiUrl !== undefined) return { url: apiUrl, pid: null };
    const services = await this.io.services();
    const found = await services.findServer(this.config);
    return found === null ? null : { ...found, url: reachable(found.url) };
  }

  clientFor({ url, key = this.apiKey() }: Pick<FoundServer, "url" | "key">): SekhaClient {
    return new SekhaClient({ controllerURL: url, apiKey: key, timeout: 60_000 });
  }

  /** Works on --api-url, else on the running server, else on the data directory itself. */
  async withMemory<T>(work: (memory: Memory) => Promise<T>): Promise<T> {
    const server = await this.findServer();
    if (server !== null) {
      const { url } = server;
      return work({ client: this.clientFor(server), bridge: null, place: { kind: "server", url } });
    }
    const { config } = this;
    const services = await this.io.services();
    const opened = await services.openMemory({ config, log: await this.log() });
    const client = new SekhaClient({
      controllerURL: INJECTED_URL,
      fetch: opened.fetch,
      timeout: 0,
    });
    const bridge = opened.bridge === null ? null : injectedBridge(opened.bridge);
    try {
      return await work({
        client,
        bridge,
        place: { kind: "directory", path: config.dataDirectory },
      });
    } finally {
      await opened.close();
    }
  }

  /** For work inside this process: only what needs attention, on stderr. */
  async log(level = this.quiet ? "error" : "warn") {
    const { createLogger } = await this.io.services();
    return createLogger({
      level,
      format: this.config.logFormat === "json" ? "json" : "pretty",
      destination: this.io.stderr,
      colour: this.colour && this.io.isErrorTerminal,
    });
  }

  /** A key of this configuration fits a server that runs with it, not one somewhere else. */
  apiKey(): string | undefined {
    const { apiKey, apiUrl } = this.options;
    if (apiKey !== undefined || apiUrl !== undefined) return apiKey;
    const { restApiKey, mcpApiKey, additionalApiKeys } = this.config;
    return restApiKey ?? mcpApiKey ?? additionalApiKeys[0];
  }
}

function injectedBridge(fetch: (request: Request) => Promise<Response>): BridgeClient {
  const bridgeURL = INJECTED_BRIDGE_URL;
  return new SekhaClient({ controllerURL: bridgeURL, bridgeURL, fetch, timeout: 0 }).bridge;
}

/** A server that listens everywhere is reached here. */
export function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
