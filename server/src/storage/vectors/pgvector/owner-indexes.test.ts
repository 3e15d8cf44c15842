import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { pgliteForTests } from "../../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../../test/support/postgres-server.ts";
import type { MessageFilter } from "../../../core/conversations/conversation.ts";
import { dropVectorIndexes } from "../../postgres/users.ts";
import { clusteredVectors } from "../embedded/clustered-vectors.ts";
import { PostgresWorld } from "../postgres-world.ts";
import { openPgvectorStore, type PgvectorStore } from "./pgvector-store.ts";

const DIMENSION = 48;
const MODEL = { id: "test@f32", name: "test", dimension: DIMENSION };
const MOST_EXACT = 300;
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string) => expect.unreachable(message),
  error: (message: string) => expect.unreachable(message),
};

async function opened(open: () => Promise<TestDatabase>, maxConnections = 4) {
  const place = await open();
  const world = await PostgresWorld.open(place.url, maxConnections);
  let now = 0;
  const store = await openPgvectorStore({
    database: world.database,
    log,
    // Every look is a look again.
    clock: () => (now += 60_000),
    mostExact: MOST_EXACT,
  });
  onTestFinished(async () => {
    await store.close();
    await world.database.close();
    await place.close();
  });
  return { world, store, url: place.url };
}

/** One message a vector, every fifth in a folder of its own. */
async function fill(
  { world, store }: { world: PostgresWorld; store: PgvectorStore },
  owner: string,
  vectors: Float32Array[],
): Promise<Map<number, Float32Array>> {
  const stored = new Map<number, Float32Array>();
  const groups = Map.groupBy(vectors.keys(), (at) => (at % 5 === 0 ? "/fifth" : "/rest"));
  for (const [folder, places] of groups) {
    const conversation = await world.put({
      owner,
      folder,
      messages: places.map((at) => ({ role: "user", timestamp: at })),
    });
    const entries = places.map((at, place) => ({
      message: conversation.messages[place] ?? 0,
      conversation: conversation.sequence,
      chunk: 0,
      start: 0,
      end: 4,
      vector: vectors[at] ?? new Float32Array(),
    }));
    await world.embed(owner, { model: MODEL, tables: store.tables }, entries);
    for (const { message, vector } of entries) stored.set(message, vector);
  }
  return stored;
}

function nearest(query: Float32Array, candidates: Map<number, Float32Array>, limit: number) {
  const cosine = (vector: Float32Array) =>
    vector.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0);
  return [...candidates]
    .map(([message, vector]) => ({ message, cosine: cosine(vector) }))
    .sort((left, right) => right.cosine - left.cosine)
    .slice(0, limit)
    .map(({ message }) => message);
}

async function found(store: PgvectorStore, vector: Float32Array, filter: MessageFilter = {}) {
  const hits = await store.search("ann", { model: MODEL, vector, filter, limit: 10 });
  return hits.map(({ message }) => message);
}

async function indexes(world: PostgresWorld) {
  // The pool gives the connection that searched last; its counts are written now, not in a second.
  await world.database.pool.query("SELECT pg_stat_force_next_flush()");
  return await world.database.asLogin(
    async (session) =>
      await session.rows<{ id: number; name: string; scans: number }>(
        `SELECT indexrelid AS id, indexrelname AS name, idx_scan AS scans
         FROM pg_stat_user_indexes WHERE indexrelname LIKE '%_near_%'`,
      ),
  );
}

const engines = [
  ["PGlite", pgliteForTests, 2000] as const,
  ...(hasPostgres() ? [["PostgreSQL", postgresForTests, 8000] as const] : []),
];

describe.each(engines)("pgvector's indexes in %s", { timeout: 90_000 }, (_name, open, size) => {
  it("finds the ten nearest of many as an exact search does [req:pgvector.recall]", async () => {
    const opening = await opened(open);
    const { store, world } = opening;
    const vectors = clusteredVectors({
      count: size,
      dimension: DIMENSION,
      clusters: 40,
      seed: 1,
    });
    const stored = await fill(opening, "ann", vectors);
    // Somebody else has much more of the same, which must not take the places.
    await fill(opening, "bob", vectors);
    const queries = clusteredVectors({ count: 40, dimension: DIMENSION, clusters: 40, seed: 1 });
    const [first = new Float32Array()] = queries;
    expect(await found(store, first)).toEqual(nearest(first, stored, 10));
    await store.settled();
    expect((await indexes(world)).map(({ name }) => name)).toHaveLength(1);

    let hits = 0;
    for (const query of queries) {
      const expected = new Set(nearest(query, stored, 10));
      hits += (await found(store, query)).filter((message) => expected.has(message)).length;
    }
    expect(hits / (queries.length * 10)).toBeGreaterThanOrEqual(0.99);
  });

  it("keeps its recall when a filter leaves a fifth [req:pgvector.filtered-recall]", async () => {
    const opening = await opened(open);
    const vectors = clusteredVectors({
      count: size,
      dimension: DIMENSION,
      clusters: 40,
      seed: 2,
    });
    const stored = await fill(opening, "ann", vectors);
    await found(opening.store, vectors[0] ?? new Float32Array());
    await opening.store.settled();
    const fifth = new Map([...stored].filter(([, vector]) => vectors.indexOf(vector) % 5 === 0));
    let hits = 0;
    const queries = clusteredVectors({ count: 40, dimension: DIMENSION, clusters: 40, seed: 2 });
    for (const query of queries) {
      const expected = new Set(nearest(query, fifth, 10));
      const answer = await found(opening.store, query, { folder: "/fifth" });
      hits += answer.filter((message) => expected.has(message)).length;
    }
    expect(hits / (queries.length * 10)).toBeGreaterThanOrEqual(0.99);
  });
});

describe.each(engines)("an owner's index in %s", { timeout: 60_000 }, (_name, open) => {
  it("is walked through, filtered or not", async () => {
    const opening = await opened(open);
    const { store, world } = opening;
    const vectors = clusteredVectors({ count: 2000, dimension: DIMENSION, clusters: 9, seed: 3 });
    await fill(opening, "ann", vectors);
    const [query = new Float32Array()] = vectors;
    await found(store, query);
    await store.settled();
    for (const [at, filter] of [{}, { folder: "/fifth" }].entries()) {
      expect(await found(store, query, filter)).toHaveLength(10);
      expect(await indexes(world)).toMatchObject([{ scans: at + 1 }]);
    }
  });
});

describe.each(engines)("an erased owner's index in %s", { timeout: 60_000 }, (_name, open) => {
  it("goes with the owner, whose name its definition has; others' stay [req:tenants.erase]", async () => {
    const opening = await opened(open);
    const { store, world } = opening;
    const vectors = clusteredVectors({ count: 500, dimension: DIMENSION, clusters: 9, seed: 6 });
    const [query = new Float32Array()] = vectors;
    for (const owner of ["ann", "bob"]) {
      await fill(opening, owner, vectors);
      await store.search(owner, { model: MODEL, vector: query, filter: {}, limit: 3 });
    }
    await store.settled();
    const definitions = async () =>
      await world.database.asLogin((session) =>
        session.rows<{ definition: string }>(
          "SELECT indexdef AS definition FROM pg_indexes WHERE indexname LIKE '%_near_%'",
        ),
      );
    expect(await definitions()).toHaveLength(2);
    await world.database.asLogin((session) => dropVectorIndexes(session, "ann"));
    const left = await definitions();
    expect(left).toHaveLength(1);
    expect(left[0]?.definition).toContain("'bob'");
    expect(await found(store, query)).toHaveLength(10);
  });
});

describe.runIf(hasPostgres())("indexes that are being built", { timeout: 60_000 }, () => {
  it("keep nobody waiting, however small the pool is", async () => {
    const opening = await opened(postgresForTests, 1);
    const { store, world } = opening;
    const vectors = clusteredVectors({ count: 500, dimension: DIMENSION, clusters: 9, seed: 5 });
    const [query = new Float32Array()] = vectors;
    for (const owner of ["ann", "bob"]) await fill(opening, owner, vectors);
    const writer = new pg.Client({ connectionString: opening.url });
    await writer.connect();
    // A build waits for every transaction that writes.
    await writer.query("BEGIN");
    await writer.query(`LOCK TABLE sekha.vectors_${DIMENSION} IN ROW EXCLUSIVE MODE`);
    for (const owner of ["ann", "bob", "ann", "bob"]) {
      const hits = await store.search(owner, { model: MODEL, vector: query, filter: {}, limit: 3 });
      expect(hits).toHaveLength(3);
    }
    await writer.query("COMMIT");
    await writer.end();
    await store.settled();
    expect(await indexes(world)).toHaveLength(2);
  });
});

describe("a build that was broken off", { timeout: 60_000 }, () => {
  it("begins anew", async () => {
    const opening = await opened(pgliteForTests);
    const { store, world } = opening;
    const vectors = clusteredVectors({ count: 500, dimension: DIMENSION, clusters: 9, seed: 4 });
    await fill(opening, "ann", vectors);
    const [query = new Float32Array()] = vectors;
    await found(store, query);
    await store.settled();
    const [first] = await indexes(world);
    // What a killed CREATE INDEX CONCURRENTLY leaves.
    await world.database.asLogin(async (session) => {
      await session.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::oid", [
        first?.id,
      ]);
    });
    const after = await openPgvectorStore({
      database: world.database,
      log,
      clock: () => 0,
      mostExact: MOST_EXACT,
    });
    expect(await found(after, query)).toHaveLength(10);
    await after.settled();
    const [second] = await indexes(world);
    expect(second?.name).toBe(first?.name);
    expect(second?.id).not.toBe(first?.id);
    await after.close();
  });
});
