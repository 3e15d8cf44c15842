import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { filledSqlite } from "../migrate-storage/__fixtures__/filled-sqlite.ts";
import { factStatements } from "../sql/fact-queries.ts";

test("facts of messages and what is left to read are found by index, whatever else there is [req:facts.work]", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sekha-facts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "sekha.db");
  await filledSqlite(file);
  const database = new DatabaseSync(file);
  onTestFinished(() => database.close());
  const { ofMessages, unread } = factStatements(
    (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
  );
  const planOf = (sql: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .join("\n");
  expect(planOf(ofMessages)).toMatch(
    /SEARCH m USING (?:COVERING )?INDEX \S+ \(owner=\? AND id=\?\)[\s\S]*SEARCH f USING INDEX facts_by_message/,
  );
  expect(planOf(unread)).toContain("USING INDEX conversations_unread_for_facts");
});
