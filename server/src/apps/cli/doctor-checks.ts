import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EmbeddingsStatus, Health, SekhaClient } from "@sekha/sdk";
import type { Config } from "../../config/config.ts";
import { formatBytes, formatNumber } from "./quantities.ts";
import type { Session } from "./session.ts";

export interface Finding {
  level: "ok" | "warn" | "fail";
  check: string;
  message: string;
  /** What to do about it. */
  fix?: string;
}

const OLDEST_NODE = [22, 18] as const;
const LOW_SPACE_BYTES = 1_000_000_000;
const NO_SPACE_BYTES = 50_000_000;
const LOADING_WAIT_MS = 15_000;
const LOADING_POLL_MS = 500;
const V1_DATABASE_FILE = "sekha.db";
const DATABASE_CHECK = "database file";

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const fine = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (fine) return { level: "ok", check: "node", message: `Node ${version}` };
  return {
    level: "fail",
    check: "node",
    message: `Node ${version} is too old.`,
    fix: `Sekha needs ${OLDEST_NODE.join(".")} or newer.`,
  };
}

export function checkConfiguration({ file, warnings }: Config): Finding[] {
  const source = file ?? "no file: defaults and environment";
  const found: Finding = { level: "ok", check: "configuration", message: source };
  return [
    found,
    ...warnings.map(({ key, message, hint }): Finding => {
      const text = key === undefined ? message : `${key} ${message}`;
      const fix = hint === undefined ? {} : { fix: hint };
      return { level: "warn", check: "configuration", message: text, ...fix };
    }),
  ];
}

/** The folder itself, or the nearest one above it that exists and in which it would be made. */
export async function checkDataDirectory({ dataDirectory }: Config): Promise<Finding[]> {
  const check = "data directory";
  let existing = dataDirectory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    // Any reason means the same to the user: Sekha cannot write here.
    const fix = "Give yourself the right to write there, or set SEKHA_DATA_DIR to another folder.";
    return [{ level: "fail", check, message: `${existing} may not be written.`, fix }];
  }
  const made = existing === dataDirectory ? "" : " (made at the first start)";
  const { bavail, bsize } = await statfs(existing);
  return [{ level: "ok", check, message: `${dataDirectory}${made}` }, spaceFinding(bavail * bsize)];
}

function spaceFinding(free: number): Finding {
  const check = "free space";
  const message = `${formatBytes(free)} free`;
  if (free >= LOW_SPACE_BYTES) return { level: "ok", check, message };
  const level = free < NO_SPACE_BYTES ? "fail" : "warn";
  return { level, check, message, fix: "Make room, or move the data directory to another disk." };
}

export function checkV1Files({ dataDirectory }: Config, database: string): Finding[] {
  const folders = new Set([dataDirectory, dirname(database)]);
  return [...folders]
    .map((folder) => join(folder, V1_DATABASE_FILE))
    .filter((file) => existsSync(file) && file !== database)
    .map((file) => ({
      level: "ok",
      check: "version 1",
      message: `${file} is only read: \`sekha migrate data\` brings its memory here`,
    }));
}

/** Of a memory in PostgreSQL. A server that cannot be asked is said where the memory is opened. */
export function checkRowSecurity(
  security: { holds: boolean | null; message: string; fix?: string } | null,
): Finding[] {
  if (security === null || security.holds === null) return [];
  const { holds, ...said } = security;
  return [{ level: holds ? "ok" : "warn", check: "users", ...said }];
}

/** SQLite's own check of every page; reads the whole file. */
export function checkDatabase(file: string): Finding {
  const check = DATABASE_CHECK;
  if (!existsSync(file)) {
    return { level: "ok", check, message: `${file} is made at the first start` };
  }
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const [row] = database.prepare("PRAGMA quick_check(1)").all();
      const result = String(Object.values(row ?? {})[0]);
      if (result === "ok") return { level: "ok", check, message: `${basename(file)} is whole` };
      return damaged(file, result);
    } finally {
      database.close();
    }
  } catch (error) {
    return damaged(file, error instanceof Error ? error.message : String(error));
  }
}

function damaged(file: string, reason: string): Finding {
  return {
    level: "fail",
    check: DATABASE_CHECK,
    message: `${file} is damaged: ${reason}.`,
    fix: "Put a backup in its place: sekha restore FILE. The damaged file is kept.",
  };
}

/** Whether a server could listen there. Port 0 always can. `section` of the configuration sets it. */
export function checkPort(
  { host, port }: { host: string; port: number },
  section: "server" | "bridge" | "proxy" = "server",
): Promise<Finding> {
  const check = "port";
  return new Promise((done) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const taken = code === "EADDRINUSE";
      done({
        level: "fail",
        check,
        message: taken
          ? `${host}:${port} is taken by another program.`
          : `${host}:${port} cannot be used (${code}).`,
        fix: `Stop that program, or set ${section}.port (SEKHA__${section.toUpperCase()}__PORT) to another.`,
      });
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => done({ level: "ok", check, message: `${host}:${port} is free` }));
    });
  });
}

/** Health once the model is loaded: a directory that was opened just now is still loading it. */
export async function settledHealth({ io }: Session, client: SekhaClient): Promise<Health> {
  const until = io.now() + LOADING_WAIT_MS;
  for (;;) {
    const health = await client.health();
    if (health.checks.embedder?.status !== "degraded" || io.now() >= until) return health;
    await io.sleep(LOADING_POLL_MS);
  }
}

export function checkHealth(health: Health): Finding[] {
  return healthChecks(health).map(([name, { status, error }]): Finding => {
    if (status === "ok") return { level: "ok", check: name, message: "works" };
    const fix = "The server's log says more. Vectors and model are made ready again at a start.";
    const level = status === "error" ? "fail" : "warn";
    return { level, check: name, message: error ?? status, fix };
  });
}

/** Without `chroma`, which repeats `vectors` for clients of v1. */
export function healthChecks({
  checks,
}: Health): [name: string, check: Health["checks"][string]][] {
  return Object.entries(checks).filter(([name]) => name !== "chroma" || !("vectors" in checks));
}

export function checkEmbeddings({ model, queue, failures }: EmbeddingsStatus): Finding[] {
  const waiting = queue.pending + queue.processing;
  const check = "embedding queue";
  const found: Finding[] = [
    {
      level: "ok",
      check: "embedding model",
      message: `${model.name}, ${model.dimension} dimensions`,
    },
  ];
  if (queue.parked === 0) {
    found.push({ level: "ok", check, message: `${formatNumber(waiting, "message")} waiting` });
    return found;
  }
  const reasons = new Set(failures.map(({ reason }) => reason));
  found.push({
    level: "warn",
    check,
    message: `${formatNumber(queue.parked, "message")} given up: ${[...reasons].slice(0, 3).join("; ")}`,
    fix: "Try them again: sekha doctor --retry. Until then they are found by word only.",
  });
  return found;
}
