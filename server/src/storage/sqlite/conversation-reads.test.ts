import { expect, onTestFinished, test } from "vitest";
import { ConversationQueries } from "../sql/conversation-queries.ts";
import { SQLITE_ENGINE } from "../sql/engine.ts";
import { SqliteWorld } from "../vectors/sqlite-world.ts";
import { Connection } from "./connection.ts";

test("pinned conversations are found by their own index, in the order of storing", () => {
  const world = new SqliteWorld();
  onTestFinished(() => world.close());
  const connection = new Connection(":memory:", { readOnly: false, cacheMegabytes: 1 });
  onTestFinished(() => connection.close());
  const filter = { statuses: ["active" as const], pinned: true };
  const { sql, parameters } = new ConversationQueries(connection.sql, SQLITE_ENGINE).ids("o", {
    filter,
    limit: 100,
  });
  const plan = world.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as string[]));
  expect(plan.map(({ detail }) => detail)).toEqual([
    "SEARCH conversations USING INDEX conversations_pinned (owner=?)",
  ]);
});
