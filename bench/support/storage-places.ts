import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import pg from "pg";
import { startChromaServer } from "../../test/support/chroma-server.ts";
import { postgresForTests } from "../../test/support/postgres-server.ts";

export const BACKENDS = {
  sqlite: "SQLite, embedded",
  chroma: "SQLite, Chroma",
  postgres: "PostgreSQL, pgvector",
} as const;
export type Backend = keyof typeof BACKENDS;

/** Where a backend keeps what is not in the data directory. */
export interface Place {
  settings: Record<string, string>;
  bytes(directory: string): Promise<number>;
  close(): Promise<void>;
}

/** `known`: the settings of a place that was filled before. */
export async function placeOf(
  backend: Backend,
  known: Record<string, string> | null,
): Promise<Place> {
  if (backend === "postgres") {
    const url = known?.database_url;
    const database =
      url === undefined ? await postgresForTests() : { url, close: () => dropDatabase(url) };
    return {
      settings: { database_url: database.url },
      bytes: () => databaseBytes(database.url),
      close: () => database.close(),
    };
  }
  const ofFiles = { bytes: async (directory: string) => folderBytes(directory) };
  if (backend === "sqlite") return { settings: {}, ...ofFiles, close: async () => undefined };
  const given = known?.chroma_url ?? process.env.SEKHA_BENCH_CHROMA_URL;
  if (given !== undefined) {
    return { settings: { chroma_url: given }, ...ofFiles, close: async () => undefined };
  }
  const server = await startChromaServer();
  return { settings: { chroma_url: server.url }, ...ofFiles, close: () => server.close() };
}

async function databaseBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT pg_database_size(current_database()) AS bytes");
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

async function dropDatabase(url: string): Promise<void> {
  const superuser = process.env.SEKHA_TEST_POSTGRES_URL;
  const client = new pg.Client({ connectionString: superuser });
  await client.connect();
  await client.query(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  await client.end();
}

function folderBytes(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
