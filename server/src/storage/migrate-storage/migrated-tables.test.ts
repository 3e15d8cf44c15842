import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { MIGRATIONS } from "../sqlite/migrations.ts";
import { MIGRATED_TABLES } from "./migrated-tables.ts";

/** Made from the others by the engine that takes them, or a process's own. */
const LEFT_OUT = /^(?:sqlite_|messages_fts|messages_trigram|cost_writers$)/u;
const DERIVED: Readonly<Record<string, string[]>> = { messages: ["unspaced"] };

it("are all tables with all columns, so that none is forgotten in a migration", () => {
  const database = new DatabaseSync(":memory:");
  for (const { sql } of MIGRATIONS) database.exec(sql);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !LEFT_OUT.test(name));
  const columns = (table: string) =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name))
      .filter((name) => DERIVED[table]?.includes(name) !== true)
      .sort();
  expect(Object.fromEntries(tables.map((table) => [table, columns(table)]))).toEqual(
    Object.fromEntries(
      MIGRATED_TABLES.map(({ name, columns }) => [name, Object.keys(columns).sort()]),
    ),
  );
  database.close();
});
