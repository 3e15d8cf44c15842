import pg from "pg";
import { describe, expect, it } from "vitest";
import { pgliteForTests } from "./pglite-server.ts";
import { databaseOn, hasPostgres, postgresForTests, startPostgres } from "./postgres-server.ts";

async function query(url: string, statement: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const factories = [
  ["PGlite", pgliteForTests] as const,
  ...(hasPostgres() ? [["PostgreSQL", postgresForTests] as const] : []),
];

describe.each(factories)("%s for tests", (_name, open) => {
  it("gives each test an empty database with pgvector", async () => {
    for (let round = 0; round < 2; round += 1) {
      const database = await open();
      await query(database.url, "CREATE TABLE t (v vector(2))");
      await query(database.url, "INSERT INTO t VALUES ('[1,2]')");
      expect(await query(database.url, "SELECT v FROM t")).toEqual([{ v: "[1,2]" }]);
      await database.close();
    }
  });
});

describe.runIf(hasPostgres())("the real server", () => {
  it("hides the extension when asked, and its user is no superuser", async () => {
    const database = await postgresForTests({ pgvector: false });
    await expect(query(database.url, "CREATE EXTENSION vector")).rejects.toThrow(/permission/);
    await database.close();
  });

  it("keeps its data over a restart", async () => {
    const server = await startPostgres();
    const { url } = await databaseOn(server.url());
    await query(url, "CREATE TABLE kept (a int)");
    await server.restart();
    expect(await query(url, "SELECT count(*) FROM kept")).toEqual([{ count: "0" }]);
    await server.stop();
  });
});
