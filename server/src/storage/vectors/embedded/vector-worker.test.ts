import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteWorld } from "../sqlite-world.ts";
import { clusteredVectors } from "./clustered-vectors.ts";
import {
  createEmbeddedVectorStore,
  type EmbeddedVectorStore,
  startVectorWorker,
} from "./embedded-vector-store.ts";

const MODEL = { id: "test@f32", name: "test", dimension: 16 };

let world: SqliteWorld;
let store: EmbeddedVectorStore;
let workers: Worker[];
let log: string[];

beforeEach(() => {
  world = new SqliteWorld();
  workers = [];
  log = [];
  store = storeOn(world.file);
});

afterEach(async () => {
  await store.close();
  world.close();
});

function storeOn(databaseFile: string): EmbeddedVectorStore {
  return createEmbeddedVectorStore({
    databaseFile,
    directory: join(world.folder, "vectors"),
    log: (level, message) => log.push(`${level}: ${message}`),
    pollMs: 5,
    quietMs: 5,
    startWorker: (options) => {
      const worker = startVectorWorker(options);
      workers.push(worker);
      return worker;
    },
  });
}

function embed(count: number, seed: number) {
  const vectors = clusteredVectors({ count, dimension: 16, clusters: 4, seed });
  const stored = world.put({
    owner: "ann",
    messages: vectors.map((_, at) => ({ role: "user", timestamp: at })),
  });
  world.embedMessages("ann", MODEL, { ...stored, vectors });
  return { ...stored, vectors };
}

async function search(vector: Float32Array) {
  return await store.search("ann", { model: MODEL, vector, filter: {}, limit: 5 });
}

describe("the vector worker", () => {
  it("starts with the first request only", async () => {
    expect(workers).toHaveLength(0);
    await store.check();
    await store.check();
    expect(workers).toHaveLength(1);
  });

  it("rejects open requests when it dies, and lives again with the next", async () => {
    const stored = embed(50, 1);
    const query = stored.vectors[0] as Float32Array;
    const before = await search(query);
    // Asked once its end is certain: a search that is asked before may be answered in time.
    const ended = workers[0]?.terminate();
    await expect(search(query)).rejects.toMatchObject({ code: "unavailable" });
    await ended;
    expect(await search(query)).toEqual(before);
    expect(workers).toHaveLength(2);
    expect(log).toContainEqual(expect.stringMatching(/^warn: the vector worker stopped/));
  });

  it("says what is wrong while there is no database, and serves once there is", async () => {
    await store.close();
    const missing = join(world.folder, "later.db");
    store = storeOn(missing);
    await expect(store.check()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("unable to open database file"),
    });
    world.database.exec(`VACUUM INTO '${missing}'`);
    await expect(store.check()).resolves.toBeUndefined();
  });

  it("finds every committed vector while another connection goes on writing", async () => {
    for (let round = 0; round < 40; round += 1) {
      const { vectors, messages } = embed(20, round);
      const answers = await Promise.all(vectors.slice(0, 4).map(search));
      expect(answers.map((hits) => hits[0]?.message)).toEqual(messages.slice(0, 4));
    }
  });

  it("keeps owners and models apart under concurrent requests", async () => {
    const mine = embed(20, 1);
    const other = { ...MODEL, id: "other@f32" };
    const query = mine.vectors[0] as Float32Array;
    const [hits, none, nobody] = await Promise.all([
      search(query),
      store.search("ann", { model: other, vector: query, filter: {}, limit: 5 }),
      store.search("bob", { model: MODEL, vector: query, filter: {}, limit: 5 }),
    ]);
    expect([hits.length, none.length, nobody.length]).toEqual([5, 0, 0]);
  });

  it("refuses a limit that is no whole number", async () => {
    const query = { model: MODEL, vector: new Float32Array(16).fill(1), filter: {} };
    await expect(store.search("ann", { ...query, limit: 1.5 })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  it("closes twice, and before it ever started", async () => {
    await expect(store.close()).resolves.toBeUndefined();
    await expect(store.close()).resolves.toBeUndefined();
    expect(workers).toHaveLength(0);
  });
});
