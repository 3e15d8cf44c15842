import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { serve } from "@hono/node-server";
import type { Config } from "../../../config/config.ts";
import { databaseFile, openStorageMigration, openV1Migration } from "../../../serve.ts";
import { runCli } from "../cli.ts";
import type { CliIo, CliServices } from "../cli-io.ts";
import { FakeMemory } from "./fake-memory.ts";

type Log = ReturnType<CliServices["createLogger"]>;

/** A data directory, a memory behind it and a terminal that remembers what was written. */
export class CliWorld {
  readonly folder = mkdtempSync(join(tmpdir(), "sekha-cli-"));
  readonly memory = new FakeMemory();
  /** Changes to the world of the next run. */
  io: Partial<CliIo> = {};
  /** A server that owns the directory, when there is one. */
  server: { url: string; pid: number } | null = null;
  /** The directory's own bridge, where one can be opened. */
  bridge: Awaited<ReturnType<CliServices["openMemory"]>>["bridge"] = null;
  opened = 0;
  closed = 0;
  readonly restored: string[] = [];
  readonly started: string[][] = [];
  readonly reloaded: Config[] = [];
  readonly logged: string[] = [];
  firstKey: string | null = null;
  /** What PostgreSQL says of itself, when the rows are there. */
  rowSecurity: Awaited<ReturnType<CliServices["rowSecurityOf"]>> = null;
  readonly #stopListeners = new Set<(name: string) => void>();
  readonly #reloadListeners = new Set<() => void>();

  stop(): void {
    for (const listener of [...this.#stopListeners]) listener("SIGINT");
  }

  /** What SIGHUP does. */
  hangUp(): void {
    for (const listener of [...this.#reloadListeners]) listener();
  }

  /** Writes a file into the folder and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** The memory behind a real port, until close(). */
  async serve(): Promise<{ url: string; close: () => void }> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const server = serve(
      { fetch: this.memory.app.fetch, port: 0, hostname: "127.0.0.1" },
      ({ port }) => resolve(port),
    );
    return { url: `http://127.0.0.1:${await promise}`, close: () => void server.close() };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The world as a command of this one would see it. */
  bare(): CliIo {
    return { ...this.#io(), ...this.io };
  }

  async run(...argv: string[]) {
    const stdout = new Sink();
    const stderr = new Sink();
    const io = { ...this.#io(), stdout, stderr, ...this.io };
    const code = await runCli(argv, io);
    return {
      code,
      out: stdout.text,
      err: stderr.text,
      plain: stripVTControlCharacters(stdout.text),
    };
  }

  #io(): CliIo {
    let time = Date.parse("2026-02-01T12:00:00Z");
    return {
      stdout: new Sink(),
      stderr: new Sink(),
      stdin: new PassThrough(),
      env: { SEKHA_DATA_DIR: this.folder },
      cwd: this.folder,
      homeDirectory: this.folder,
      ...{ isTerminal: false, isErrorTerminal: false, isInputTerminal: false, colour: false },
      columns: 80,
      command: ["/usr/bin/node", "/opt/sekha/bin/sekha.mjs"],
      platform: "linux",
      nodeVersion: "24.0.0",
      now: () => {
        time += 100;
        return time;
      },
      sleep: async (_milliseconds, signal) => {
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
      },
      onStopSignal: (listener) => {
        this.#stopListeners.add(listener);
        return () => this.#stopListeners.delete(listener);
      },
      onReloadSignal: (listener) => {
        this.#reloadListeners.add(listener);
        return () => this.#reloadListeners.delete(listener);
      },
      exit: () => undefined,
      services: async () => this.#services(),
    };
  }

  #services(): CliServices {
    const nothing = () => undefined;
    const note = (line: string) => void this.logged.push(line);
    const log = { debug: nothing, info: note, warn: note, error: note };
    return {
      createLogger: () => log as unknown as Log,
      databaseFile,
      rowSecurityOf: async () => this.rowSecurity,
      openStorageMigration,
      openV1Migration,
      findServer: async () => this.server,
      openStandIn: async () => ({
        fetch: async (request) => this.memory.app.fetch(request),
        close: async () => undefined,
      }),
      listenMcp: async () => ({ url: "http://127.0.0.1:8082", close: async () => undefined }),
      openMemory: async () => {
        this.opened += 1;
        return {
          fetch: async (request) => this.memory.app.fetch(request),
          bridge: this.bridge,
          close: async () => {
            this.closed += 1;
          },
        };
      },
      restoreBackup: async ({ file }) => {
        this.restored.push(file);
        return { previous: `${file}.before`, conversations: 1, messages: 2 };
      },
      startServices: async ({ services }) => {
        this.started.push([...services]);
        return {
          addresses: [{ name: "controller", url: "http://0.0.0.0:8080" }],
          firstKey: this.firstKey,
          reload: (config) => {
            this.reloaded.push(config);
          },
          close: async () => {
            this.closed += 1;
          },
        };
      },
    };
  }
}

class Sink extends PassThrough {
  readonly #pieces: Buffer[] = [];

  constructor() {
    super();
    this.on("data", (piece: Buffer) => this.#pieces.push(piece));
  }

  get text(): string {
    return Buffer.concat([...this.#pieces, ...[this.read() ?? Buffer.alloc(0)]]).toString();
  }
}
