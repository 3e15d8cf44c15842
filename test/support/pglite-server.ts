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

/** To start one takes seconds, to empty one milliseconds. */
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
  const database = await PGlite.create({ extensions: { vector } });
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
