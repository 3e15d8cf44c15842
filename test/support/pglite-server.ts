import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { TestDatabase } from "./postgres-server.ts";

/** An engine and its listener, with everything of the last user removed before the next. */
interface Idle {
  database: PGlite;
  server: PGLiteSocketServer;
  url: string;
}

/** To start one takes a second, to empty one milliseconds. */
const idle: Idle[] = [];

/**
 * PostgreSQL with pgvector inside this process, behind a port. All connections share one session: no
 * advisory lock holds anybody up, and nothing is notified; such tests need the real server.
 */
export async function pgliteForTests(): Promise<TestDatabase> {
  const engine = idle.pop() ?? (await start());
  await engine.database.exec("CREATE EXTENSION IF NOT EXISTS vector");
  return {
    url: engine.url,
    close: async () => {
      await empty(engine.database);
      idle.push(engine);
    },
  };
}

async function start(): Promise<Idle> {
  const loadDataDir = new Blob([readFileSync(await newCluster())]);
  const database = await PGlite.create({ extensions: { vector }, loadDataDir });
  const server = new PGLiteSocketServer({
    db: database,
    host: "127.0.0.1",
    port: 0,
    maxConnections: 50,
  });
  await server.start();
  const port = server.getServerConn().split(":").at(-1);
  return { database, server, url: `postgresql://postgres@127.0.0.1:${port}/postgres` };
}

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));

/** The file of a cluster that nothing was done to: to make one takes five seconds, to load it half of one. */
async function newCluster(): Promise<string> {
  const file = join(CACHE, `pglite-${version()}.tar`);
  if (existsSync(file)) return file;
  const database = await PGlite.create({ extensions: { vector } });
  const cluster = await database.dumpDataDir("none");
  await database.close();
  mkdirSync(CACHE, { recursive: true });
  // Another process may be at the same: whoever reads finds a whole file.
  const part = `${file}.${process.pid}`;
  writeFileSync(part, await cluster.bytes());
  renameSync(part, file);
  return file;
}

/** PGlite's own: a cluster fits the version that made it. */
function version(): string {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  return JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8")).version;
}

const EMPTY = `
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$`;

async function empty(database: PGlite): Promise<void> {
  // A user that was cut off may have left a transaction open.
  await database.exec("ROLLBACK");
  await database.exec("RESET ROLE");
  await database.exec(EMPTY);
  await database.exec("DISCARD ALL");
}
