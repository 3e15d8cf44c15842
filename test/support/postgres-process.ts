import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** Where Debian and others put the programs of one PostgreSQL version, newest last. */
const INSTALLED = "/usr/lib/postgresql";
const START_MS = 60_000;
const LOOK_MS = 50;

/**
 * Runs until its standard input ends, whatever ended it: so the server goes with the test process, a
 * killed one too. `keep` says that the folder is needed again.
 */
const SUPERVISOR = `
[ -d "$DATA" ] || "$BIN/initdb" -D "$DATA" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null || exit 1
"$BIN/postgres" -D "$DATA" -p "$PORT" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$FOLDER" \
  -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB \
  -c maintenance_work_mem=256MB -c log_min_messages=fatal &
cat >/dev/null
kill -INT $!
wait $!
[ -e "$FOLDER/keep" ] || rm -rf "$FOLDER"
`;

/** The folder of the newest installed server's programs, null without one. */
export function postgresPrograms(): string | null {
  if (!existsSync(INSTALLED)) return null;
  const versions = readdirSync(INSTALLED).sort((left, right) => Number(left) - Number(right));
  const folders = versions.map((version) => join(INSTALLED, version, "bin"));
  return folders.findLast((folder) => existsSync(join(folder, "postgres"))) ?? null;
}

/** A PostgreSQL server of this process's own, in a temporary folder. */
export class PostgresProcess {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(programs: string, port: number) {
    this.#programs = programs;
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), "sekha-postgres-"));
    // PostgreSQL refuses to run as root.
    if (process.getuid?.() === 0) execFileSync("chown", ["postgres", this.#folder]);
  }

  /** @throws Error when it does not answer within a minute. */
  static async start(programs: string): Promise<PostgresProcess> {
    const server = new PostgresProcess(programs, await freePort());
    await server.#run();
    return server;
  }

  /** As the superuser. */
  url(database = "postgres"): string {
    return `postgresql://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** A fast shutdown, which breaks every connection, `downMs` of silence and a start on the same data and port. */
  async restart(downMs = 0): Promise<void> {
    const keep = join(this.#folder, "keep");
    writeFileSync(keep, "");
    await this.stop();
    rmSync(keep);
    await sleep(downMs);
    await this.#run();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const closed = once(child, "close");
    // Now its end is waited for.
    child.ref();
    child.stdin?.end();
    await closed;
  }

  async #run(): Promise<void> {
    const shell = ["bash", "-c", SUPERVISOR];
    const [command = "", ...rest] =
      process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", ...shell] : shell;
    const child = spawn(command, rest, {
      cwd: this.#folder,
      env: {
        PATH: process.env.PATH,
        BIN: this.#programs,
        FOLDER: this.#folder,
        DATA: join(this.#folder, "data"),
        PORT: String(this.port),
      },
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#child = child;
    // It must not keep a finished test process alive.
    child.unref();
    await answering(this.url(), child);
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error("PostgreSQL ended at its start");
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      // Not up yet: looked at again until the deadline.
      await sleep(LOOK_MS);
    }
  }
  throw new Error(`PostgreSQL did not answer within ${START_MS} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
