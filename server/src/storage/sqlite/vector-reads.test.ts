import { expect, onTestFinished, test } from "vitest";
import { SqliteWorld } from "../vectors/sqlite-world.ts";
import { CHUNKS_OF, VECTORS_OF } from "./vector-reads.ts";

test.each([
  ["vectors", VECTORS_OF],
  ["places of the vectors", CHUNKS_OF],
])(
  "the %s of given messages are found by index, whatever else the owner has [req:chroma.rows-by-index]",
  (_, sql) => {
    const world = new SqliteWorld();
    onTestFinished(() => world.close());
    const plan = world.database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .join("\n");
    expect(plan).toMatch(/SEARCH v USING INDEX \S+ \(message_seq=\? AND model_seq=\?\)/);
  },
);
