import { expect, onTestFinished, test } from "vitest";
import { SqliteWorld } from "../sqlite-world.ts";
import { SEQUENCES_OF_MESSAGE } from "./vector-rows.ts";

test("a message's vectors are found by index, whatever else the owner has [req:chroma.rows-by-index]", () => {
  const world = new SqliteWorld();
  onTestFinished(() => world.close());
  const [step] = world.database.prepare(`EXPLAIN QUERY PLAN ${SEQUENCES_OF_MESSAGE}`).all();
  expect(step?.detail).toMatch(/INDEX \S+ \(message_seq=\? AND model_seq=\?\)/);
});
