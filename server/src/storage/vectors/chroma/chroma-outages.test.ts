import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ChromaServer,
  freePort,
  hasChromaServer,
  startChromaServer,
} from "../../../../../test/support/chroma-server.ts";
import type { VectorEntry } from "../../../core/ports/vector-store.ts";
import type { StoredWorldConversation } from "../conformance.ts";
import { type ChromaWorld, openChromaWorld } from "./chroma-world.ts";

const MODEL = { id: "m@f32", name: "m", dimension: 8 };

describe("a Chroma server that is not there", () => {
  it("is said at once, with what to do [req:chroma.down]", async () => {
    const world = await openChromaWorld(`http://127.0.0.1:${await freePort()}`);
    await expect(world.store.check()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^ChromaDB at http.* cannot be reached .*chroma_url\.$/),
    });
    await world.close();
  });

  it("refuses searches and new vectors, and forgets no deletion", async () => {
    const world = await openChromaWorld(`http://127.0.0.1:${await freePort()}`);
    const stored = await world.put({ owner: "ann", messages: [{ role: "user", timestamp: 1 }] });
    await expect(search(world, vectorOf(1))).rejects.toMatchObject({ code: "unavailable" });
    await expect(world.store.add("ann", MODEL, entriesOf(stored))).rejects.toMatchObject({
      code: "unavailable",
    });
    world.rows.embed("ann", MODEL, entriesOf(stored));
    await world.delete("ann", [stored.sequence]);
    expect(world.lines.at(-1)).toMatch(/^1 deleted conversations are erased in ChromaDB later/);
    expect(await world.options.rows.vectors.note("chroma.erase")).toContain(`${stored.sequence}`);
    await world.close();
  }, 30_000);

  it("has its package named when that is missing", async () => {
    const world = await openChromaWorld("http://127.0.0.1:1", {
      loadClient: () => Promise.reject(new Error("Cannot find package 'chromadb'")),
    });
    await expect(world.store.check()).rejects.toThrow(/npm install chromadb/);
    await world.close();
  });

  it("may not have a path, which its client cannot ask", async () => {
    await expect(openChromaWorld("http://127.0.0.1:1/chroma")).rejects.toThrow(/no path/);
  });
});

describe.skipIf(!hasChromaServer())("a real Chroma server", () => {
  let server: ChromaServer;
  beforeAll(async () => {
    server = await startChromaServer();
  }, 60_000);
  afterAll(async () => {
    await server?.close();
  });

  it("makes a tenant and a database that are missing, and refuses names that it cannot make", async () => {
    const world = await openChromaWorld(server.url, { tenant: "another-tenant" });
    await expect(world.store.check()).resolves.toBeUndefined();
    await expect(world.again({ tenant: "x" }).check()).rejects.toThrow(/chroma_tenant is "x"/);
    await world.close();
  });

  it("says what is wrong when a collection has another dimension", async () => {
    const world = await openChromaWorld(server.url);
    await filled(world, 1);
    const other = { ...MODEL, dimension: 8 };
    const stored = await world.put({ owner: "ann", messages: [{ role: "user", timestamp: 1 }] });
    const wrong = entriesOf(stored).map((entry) => ({ ...entry, vector: new Float32Array(3) }));
    await expect(world.store.add("ann", other, wrong)).rejects.toThrow(/refused .*dimension/);
    await world.close();
  });

  it("loses nothing and doubles nothing when it is killed in the middle of a load [req:chroma.crash]", async () => {
    const world = await openChromaWorld(server.url);
    const stored = await conversations(world, { count: 40, messages: 10 });
    for (const [at, conversation] of stored.entries()) {
      if (at === 20) {
        await server.kill();
        // As the embedding queue does: what could not be stored is tried again later.
        await expect(world.store.add("ann", MODEL, entriesOf(conversation))).rejects.toMatchObject({
          code: "unavailable",
        });
        await server.start();
      }
      await world.embed("ann", MODEL, entriesOf(conversation));
    }
    await world.store.synchronise();
    const hits = await search(world, vectorOf(7), 1000);
    expect(hits).toHaveLength(400);
    expect(new Set(hits.map((hit) => hit.message))).toEqual(
      new Set(stored.flatMap((one) => one.messages)),
    );
    expect(await count(world)).toBe(400);
    await world.close();
  }, 120_000);

  it("is filled from the rows when it has lost everything, without embedding again [req:chroma.refill]", async () => {
    const world = await openChromaWorld(server.url);
    const messages = await filled(world, 3);
    await dropCollection(world);
    await expect(search(world, vectorOf(7))).rejects.toThrow(/filled again from the rows/);
    expect(await world.store.synchronise()).toEqual({ pushed: 30, erased: 0 });
    expect((await search(world, vectorOf(7), 100)).map((hit) => hit.message).sort()).toEqual(
      messages.sort(),
    );
    expect(await world.store.synchronise()).toEqual({ pushed: 0, erased: 0 });
    await world.close();
  });

  it("is filled by itself after a start that found it out", async () => {
    const world = await openChromaWorld(server.url);
    const stored = await conversations(world, { count: 2, messages: 10 });
    for (const one of stored) world.rows.embed("ann", MODEL, entriesOf(one));
    await server.stop();
    world.store.start();
    await expect.poll(() => world.lines.join("\n")).toContain("not compared with ChromaDB yet");
    await server.start();
    await expect.poll(() => world.lines.join("\n"), { timeout: 15_000 }).toContain("Pushed 20");
    expect(await search(world, vectorOf(7), 100)).toHaveLength(20);
    await world.close();
  }, 60_000);

  it("erases what was deleted while it was out, and what it holds beyond the rows", async () => {
    const world = await openChromaWorld(server.url);
    await filled(world, 2);
    const [gone] = await conversations(world, { count: 1, messages: 10 });
    if (gone === undefined) throw new Error("nothing to delete");
    await world.embed("ann", MODEL, entriesOf(gone));
    await server.stop();
    await world.delete("ann", [gone.sequence]);
    await server.start();
    expect(await count(world)).toBe(30);
    await world.store.synchronise();
    expect(await count(world)).toBe(20);
    // A crash between the rows and Chroma.
    const [lost] = await conversations(world, { count: 1, messages: 10 });
    await world.embed("ann", MODEL, entriesOf(lost ?? gone));
    world.rows.delete([lost?.sequence ?? 0]);
    expect(await world.store.synchronise()).toEqual({ pushed: 0, erased: 10 });
    await world.close();
  }, 60_000);

  it("loses records whose ids have an earlier form, another memory's stay", async () => {
    const world = await openChromaWorld(server.url);
    const messages = await filled(world, 1);
    const [described] = await world.options.rows.vectors.describe("ann", messages);
    const memory = (await world.options.rows.vectors.note("chroma.memory")) ?? "";
    const of = { owner: "ann", model: MODEL.id, message_id: described?.messageId, chunk: 0 };
    await upsert(world, { id: `${memory}/1`, metadata: { memory, ...of } });
    await upsert(world, { id: "another/1", metadata: { memory: "another", ...of } });
    expect(await world.store.synchronise()).toEqual({ pushed: 0, erased: 1 });
    expect(await count(world)).toBe(11);
    expect(await search(world, vectorOf(7), 100)).toHaveLength(10);
    await world.close();
  });

  it("finds the nearest of 10,000 vectors, also behind filters [req:chroma.ten-thousand]", async () => {
    const world = await openChromaWorld(server.url);
    const stored = await conversations(world, { count: 500, messages: 20, folders: 50 });
    const all = stored.flatMap((conversation) => entriesOf(conversation));
    for (let at = 0; at < all.length; at += 2000) {
      await world.embed("ann", MODEL, all.slice(at, at + 2000));
    }
    const query = vectorOf(12_345);
    const nearest = (entries: VectorEntry[]) =>
      entries
        .map(({ message, vector }) => ({ message, cosine: cosine(query, vector) }))
        .sort((left, right) => right.cosine - left.cosine)
        .slice(0, 10)
        .map(({ message }) => message);
    const found = (await search(world, query, 10)).map((hit) => hit.message);
    expect(common(found, nearest(all))).toBeGreaterThanOrEqual(9);
    const inside = stored.filter((_, at) => at % 50 === 3);
    const narrow = await world.store.search("ann", {
      ...{ model: MODEL, vector: query, limit: 10, filter: { folder: "/f3" } },
    });
    const there = new Set(inside.map(({ sequence }) => sequence));
    const within = all.filter(({ conversation }) => there.has(conversation));
    expect(
      common(
        narrow.map((hit) => hit.message),
        nearest(within),
      ),
    ).toBeGreaterThanOrEqual(9);
    await world.close();
  }, 120_000);

  async function count(world: ChromaWorld): Promise<number> {
    return (await (await fetch(`${await collectionUrl(world)}/count`)).json()) as number;
  }

  async function upsert(
    world: ChromaWorld,
    { id, metadata }: { id: string; metadata: object },
  ): Promise<void> {
    const answer = await fetch(`${await collectionUrl(world)}/upsert`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ ids: [id], embeddings: [[...vectorOf(7)]], metadatas: [metadata] },
      }),
    });
    expect(answer.ok).toBe(true);
  }

  async function collectionUrl(world: ChromaWorld): Promise<string> {
    const base = `${server.url}/api/v2/tenants/default_tenant/databases/${world.options.database}/collections`;
    const found = (await (await fetch(`${base}/conversations_8`)).json()) as { id: string };
    return `${base}/${found.id}`;
  }

  async function dropCollection(world: ChromaWorld): Promise<void> {
    const base = `${server.url}/api/v2/tenants/default_tenant/databases/${world.options.database}/collections`;
    const answer = await fetch(`${base}/conversations_8`, { method: "DELETE" });
    expect(answer.status).toBe(200);
  }
});

async function filled(world: ChromaWorld, count: number): Promise<number[]> {
  const stored = await conversations(world, { count, messages: 10 });
  for (const conversation of stored) await world.embed("ann", MODEL, entriesOf(conversation));
  return stored.flatMap((one) => one.messages);
}

async function conversations(
  world: ChromaWorld,
  { count, messages, folders }: { count: number; messages: number; folders?: number },
): Promise<StoredWorldConversation[]> {
  const stored: StoredWorldConversation[] = [];
  for (let at = 0; at < count; at += 1) {
    const folder = folders === undefined ? "/" : `/f${at % folders}`;
    stored.push(
      await world.put({
        ...{ owner: "ann", folder },
        messages: Array.from({ length: messages }, (_, turn) => ({
          role: "user",
          timestamp: turn,
        })),
      }),
    );
  }
  return stored;
}

function entriesOf({ sequence, messages }: StoredWorldConversation): VectorEntry[] {
  return messages.map((message) => ({
    ...{ message, conversation: sequence, chunk: 0, start: 0, end: 4 },
    vector: vectorOf(message),
  }));
}

/** Spread over the sphere, the same for the same seed. */
function vectorOf(seed: number): Float32Array {
  const raw = Float32Array.from(
    { length: MODEL.dimension },
    (_, at) => (Math.sin(seed * 12.9898 + at * 78.233) * 43_758.5453) % 1,
  );
  const length = Math.hypot(...raw);
  return raw.map((component) => component / length);
}

function cosine(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, component, at) => sum + component * (right[at] ?? 0), 0);
}

function common(left: readonly number[], right: readonly number[]): number {
  return left.filter((one) => right.includes(one)).length;
}

async function search(world: ChromaWorld, vector: Float32Array, limit = 10) {
  return await world.store.search("ann", { model: MODEL, vector, filter: {}, limit });
}
