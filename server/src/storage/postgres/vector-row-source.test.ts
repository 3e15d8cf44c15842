import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import type { TestDatabase } from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { openPgvectorStore } from "../vectors/pgvector/pgvector-store.ts";
import { releaseVectors } from "../vectors/pgvector/release-vectors.ts";
import { PostgresWorld } from "../vectors/postgres-world.ts";
import { vectorRowSource } from "./vector-row-source.ts";

const MODEL = { id: "test@f32", name: "test", dimension: 3 };
const VECTOR = Float32Array.from([0.6, 0.8, 0]);

let place: TestDatabase;
let world: PostgresWorld;

beforeEach(async () => {
  place = await pgliteForTests();
  world = await PostgresWorld.open(place.url);
});
afterEach(async () => {
  await world.database.close();
  await place.close();
});

async function stored(owner: string) {
  const messages = [
    { role: "user", timestamp: 5 },
    { role: "assistant", timestamp: 6 },
  ];
  return await world.put({ owner, folder: "/boats", label: "Boats", messages });
}

function entry(stored: { sequence: number; messages: number[] }) {
  const [message = 0] = stored.messages;
  return { message, conversation: stored.sequence, chunk: 0, start: 0, end: 4, vector: VECTOR };
}

describe("the rows as other vector engines read them", () => {
  test("an owner's messages are described and their vectors answered, another's are not", async () => {
    const mine = await stored("anna");
    const other = await stored("bert");
    await world.embed("anna", { model: MODEL, tables: null }, [entry(mine)]);
    const rows = vectorRowSource(world.database);
    const all = [...mine.messages, ...other.messages];
    const described = await rows.describe("anna", all);
    expect(described.map(({ message }) => message).sort()).toEqual(mine.messages);
    expect(described.find(({ message }) => message === mine.messages[0])).toMatchObject({
      ...{ conversation: mine.sequence, conversationId: mine.id, role: "user" },
      ...{ folder: "/boats", label: "Boats", status: "active", timestamp: 5 },
    });
    const located = await rows.locate(
      "anna",
      described.map(({ messageId }) => messageId),
    );
    expect(located.map(({ message }) => message).sort()).toEqual(mine.messages);
    expect(
      await rows.locate(
        "bert",
        described.map(({ messageId }) => messageId),
      ),
    ).toEqual([]);
    const [vector] = await rows.vectorsOf("anna", MODEL.id, all);
    expect(new Float32Array(Uint8Array.from(vector?.vector ?? []).buffer)).toEqual(VECTOR);
    expect(await rows.vectorsOf("bert", MODEL.id, all)).toEqual([]);
    expect(await rows.collections("anna")).toEqual([
      { id: MODEL.id, dimension: 3, vectors: 1, messages: 1 },
    ]);
  });

  test("vectors of all owners come in pages, and are counted", async () => {
    const both = [await stored("anna"), await stored("bert")];
    for (const [at, one] of both.entries()) {
      await world.embed(at === 0 ? "anna" : "bert", { model: MODEL, tables: null }, [entry(one)]);
    }
    const rows = vectorRowSource(world.database);
    const [first] = await rows.vectorsAfter({ dimension: 3, after: 0, limit: 1 });
    expect(first).toMatchObject({ owner: "anna", modelId: MODEL.id, start: 0, end: 4 });
    const rest = await rows.vectorsAfter({ dimension: 3, after: first?.sequence ?? 0, limit: 9 });
    expect(rest.map(({ owner }) => owner)).toEqual(["bert"]);
    expect(await rows.vectorCounts()).toEqual([{ dimension: 3, vectors: 2 }]);
  });

  test("a note is kept, and written once where that is asked", async () => {
    const rows = vectorRowSource(world.database);
    expect(await rows.note("a")).toBeNull();
    expect(await rows.noteOnce("a", "first")).toBe("first");
    expect(await rows.noteOnce("a", "second")).toBe("first");
    await rows.setNote("a", "third");
    expect(await rows.note("a")).toBe("third");
  });

  test("what pgvector held stands in the rows again, bit by bit, once it is released", async () => {
    const store = await openPgvectorStore({ database: world.database, log, clock: () => 0 });
    await store.tables.prepare(MODEL);
    const mine = await stored("anna");
    await world.embed("anna", { model: MODEL, tables: store.tables }, [entry(mine)]);
    const rows = vectorRowSource(world.database);
    expect(await rows.vectorsOf("anna", MODEL.id, mine.messages)).toEqual([]);
    const { signal } = new AbortController();
    expect(await releaseVectors(world.database, signal)).toBe(1);
    const [vector] = await rows.vectorsOf("anna", MODEL.id, mine.messages);
    expect(new Float32Array(Uint8Array.from(vector?.vector ?? []).buffer)).toEqual(VECTOR);
    expect(await releaseVectors(world.database, signal)).toBe(0);
    expect(await store.adopt()).toBe(1);
    await store.close();
  });
});
