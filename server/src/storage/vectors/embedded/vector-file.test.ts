import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteWorld } from "../sqlite-world.ts";
import { clusteredVectors } from "./clustered-vectors.ts";
import { VectorEngine } from "./vector-engine.ts";

const MODEL = { id: "test@f32", name: "test", dimension: 24 };
const QUIET_MS = 1000;

let world: SqliteWorld;
let directory: string;
let log: string[];
let time: number;
let open: VectorEngine[];

beforeEach(() => {
  world = new SqliteWorld();
  directory = join(world.folder, "vectors");
  log = [];
  time = 0;
  open = [];
});

afterEach(async () => {
  for (const engine of open) {
    await engine.close();
  }
  world.close();
});

async function start(): Promise<VectorEngine> {
  const engine = await VectorEngine.open({
    databaseFile: world.file,
    directory,
    quietMs: QUIET_MS,
    log: (level, message) => log.push(`${level}: ${message.replace(directory, "DIR")}`),
    now: () => time,
  });
  open.push(engine);
  return engine;
}

async function stop(engine: VectorEngine): Promise<void> {
  open = open.filter((other) => other !== engine);
  await engine.close();
}

function embed(count: number, seed: number, owner = "ann") {
  const stored = world.put({
    owner,
    messages: Array.from({ length: count }, (_, at) => ({ role: "user", timestamp: at })),
  });
  const vectors = clusteredVectors({ count, dimension: MODEL.dimension, clusters: 5, seed });
  world.embedMessages(owner, MODEL, { ...stored, vectors });
  return { ...stored, vectors };
}

async function search(engine: VectorEngine, vector: Float32Array) {
  return await engine.search({ owner: "ann", model: MODEL, vector, filter: {}, limit: 5 });
}

function files(): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

/** A closed engine's file over 100 vectors, and the answer it belongs to. */
async function saved() {
  const stored = embed(100, 1);
  const query = stored.vectors[3] as Float32Array;
  const engine = await start();
  const answer = await search(engine, query);
  await stop(engine);
  const [file = ""] = files();
  log = [];
  return { stored, query, answer, file };
}

describe("the vector file", () => {
  it("is written when the engine closes, and read without a word by the next", async () => {
    const { query, answer } = await saved();
    expect(files()).toHaveLength(1);
    expect(await search(await start(), query)).toEqual(answer);
    expect(log).toEqual([]);
  });

  it("is completed from the rows that are newer", async () => {
    await saved();
    const later = embed(10, 2);
    const engine = await start();
    const [hit] = await search(engine, later.vectors[0] as Float32Array);
    expect(hit?.message).toBe(later.messages[0]);
    expect(log).toEqual([]);
  });

  it("is written in the background once rows are many and quiet", async () => {
    embed(10, 1);
    const engine = await start();
    await engine.warm({ owner: "ann", model: MODEL });
    await engine.maintain();
    expect(files()).toEqual([]);
    time = QUIET_MS;
    await engine.maintain();
    expect(files()).toHaveLength(1);
  });

  it("leaves nothing of a write that a dead process began", async () => {
    const { file } = await saved();
    const unfinished = file.replace(".vectors", ".vectors-writing");
    copyFileSync(file, unfinished);
    await start();
    expect(files()).toEqual([file]);
  });

  it("is private to the user", async () => {
    const { file } = await saved();

    expect(statSync(file).mode & 0o077).toBe(0);
  });
});

describe("a vector file that cannot be trusted", () => {
  const damages: [string, (file: string) => void, RegExp][] = [
    ["empty", (file) => truncateSync(file, 0), /ends too early/],
    ["cut in its preamble", (file) => truncateSync(file, 10), /ends too early/],
    ["cut in its header", (file) => truncateSync(file, 40), /ends too early/],
    ["cut by one byte", (file) => truncateSync(file, readFileSync(file).length - 1), /bytes/],
    ["longer than it should be", (file) => writeFileSync(file, "x", { flag: "a" }), /bytes/],
    ["of another kind", (file) => writeFileSync(file, "x".repeat(5000)), /begin like/],
    ["of another format", (file) => flip(file, 8), /format/],
    ["changed in its header length", (file) => flip(file, 15), /length/],
    ["changed in its header", (file) => flip(file, 30), /header is wrong/],
    ["changed in its columns", (file) => flip(file, 400), /checksum is wrong/],
    ["changed in its last byte", (file) => flip(file, -1), /checksum is wrong/],
  ];

  it.each(damages)("is rebuilt from the rows when it is %s", async (_name, damage, reason) => {
    const { query, answer, file } = await saved();
    damage(file);
    const engine = await start();
    expect(await search(engine, query)).toEqual(answer);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^warn: vector file DIR.* is damaged \(.*\): rebuilt from 100 rows$/);
    expect(log[0]).toMatch(reason);
    await stop(engine);
    log = [];
    expect(await search(await start(), query)).toEqual(answer);
    expect(log).toEqual([]);
  });

  it("is built anew, and that is said, when it is missing", async () => {
    const { query, answer, file } = await saved();

    rmSync(file);
    expect(await search(await start(), query)).toEqual(answer);
    expect(log).toEqual([expect.stringMatching(/^info: .* is missing: built from 100 rows$/)]);
  });

  it("is rebuilt when rows were deleted behind its back", async () => {
    const { stored, file } = await saved();
    const kept = embed(7, 2);
    world.delete([stored.sequence]);
    const engine = await start();
    const hits = await search(engine, stored.vectors[0] as Float32Array);
    expect(hits.map((hit) => hit.conversation)).toEqual(new Array(5).fill(kept.sequence));
    expect(log[0]).toMatch(/it has 100 vectors where the database has 0\): rebuilt from 7 rows/);
    expect(existsSync(file)).toBe(false);
  });

  it("is rebuilt when a restored database has other vectors under the same numbers", async () => {
    const { stored } = await saved();
    world.database.exec(
      "DELETE FROM vectors; UPDATE sqlite_sequence SET seq = 0 WHERE name = 'vectors'",
    );
    const vectors = clusteredVectors({ count: 100, dimension: 24, clusters: 5, seed: 9 });
    world.embedMessages("ann", MODEL, { ...stored, vectors });
    const [hit] = await search(await start(), vectors[4] as Float32Array);
    expect(hit?.message).toBe(stored.messages[4]);
    expect(log[0]).toMatch(/not those of the database/);
  });
});

describe("erasing", () => {
  it("takes the file away at once and writes one without the erased vectors later", async () => {
    const { stored } = await saved();
    embed(20, 2);
    const engine = await start();
    await engine.warm({ owner: "ann", model: MODEL });
    world.delete([stored.sequence]);
    await engine.remove({ owner: "ann", conversations: [stored.sequence] });
    expect(files()).toEqual([]);
    time += QUIET_MS;
    await engine.maintain();
    time += QUIET_MS;
    await engine.maintain();
    expect(files()).toHaveLength(1);
    await stop(engine);
    const next = await start();
    expect(await search(next, stored.vectors[0] as Float32Array)).toHaveLength(5);
    expect(log).toEqual([]);
  });

  it("takes the file away although its vectors are not in memory", async () => {
    const { stored } = await saved();
    const engine = await start();
    world.delete([stored.sequence]);
    await engine.remove({ owner: "ann", conversations: [stored.sequence] });
    expect(files()).toEqual([]);
  });

  it("leaves the files of other owners alone", async () => {
    const { stored, file } = await saved();
    embed(5, 3, "bob");
    const engine = await start();
    await engine.warm({ owner: "bob", model: MODEL });
    await engine.remove({ owner: "bob", conversations: [stored.sequence] });
    expect(files()).toEqual([file]);
  });

  it("leaves no file when it happens while one is being written", async () => {
    const stored = embed(3000, 4);
    const engine = await start();
    await engine.warm({ owner: "ann", model: MODEL });
    time += QUIET_MS;
    await engine.maintain();
    embed(3000, 5);
    await engine.maintain();
    time += QUIET_MS;
    const writing = engine.maintain();
    world.delete([stored.sequence]);
    await engine.remove({ owner: "ann", conversations: [stored.sequence] });
    await writing;
    expect(files()).toEqual([]);
  });

  it("keeps a file whose partition did not change", async () => {
    const { file } = await saved();
    const before = hashOf(file);
    const engine = await start();
    await engine.warm({ owner: "ann", model: MODEL });
    await engine.remove({ owner: "ann", conversations: [999] });
    await stop(engine);
    expect(hashOf(file)).toBe(before);
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

function hashOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
