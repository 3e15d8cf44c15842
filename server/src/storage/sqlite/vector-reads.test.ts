import { expect, onTestFinished, test } from "vitest";
import { SqliteWorld } from "../vectors/sqlite-world.ts";
import { VECTORS_OF } from "./vector-reads.ts";

test("the vectors of given messages are found by index, whatever else the owner has [req:chroma.rows-by-index]", () => {
  const world = new SqliteWorld();
  onTestFinished(() => world.close());
  const plan = world.database
    .prepare(`EXPLAIN QUERY PLAN ${VECTORS_OF}`)
    .all()
    .map(({ detail }) => String(detail))
    .join("\n");
  expect(plan).toMatch(/SEARCH v USING INDEX \S+ \(message_seq=\? AND model_seq=\?\)/);
});
