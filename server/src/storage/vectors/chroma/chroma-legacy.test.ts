import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ChromaServer,
  hasChromaServer,
  startChromaServer,
} from "../../../../../test/support/chroma-server.ts";
import type { StoredWorldConversation } from "../conformance.ts";
import { type ChromaWorld, openChromaWorld } from "./chroma-world.ts";

const MODEL = { id: "nomic-embed-text:latest", name: "nomic-embed-text:latest", dimension: 4 };
const OTHER = { id: "other", name: "other", dimension: 4 };
const EAST = [1, 0, 0, 0];
const NORTH = [0, 1, 0, 0];
const NORTHEAST = [1, 1, 0, 0];

describe.skipIf(!hasChromaServer())("version 1's collection in Chroma", () => {
  let server: ChromaServer;
  let world: ChromaWorld;
  beforeAll(async () => {
    server = await startChromaServer();
  }, 60_000);
  afterAll(async () => {
    await server?.close();
  });
  beforeEach(async () => {
    world = await openChromaWorld(server.url, {
      legacy: {
        owner: "ann",
        modelOf: (dimension) => (dimension === MODEL.dimension ? MODEL.id : null),
      },
    });
    await world.store.check();
  });
  afterEach(async () => {
    await world.close();
  });

  it.each([
    ["cosine", { hnsw: { space: "cosine" } }, 1],
    ["l2, Chroma's default", undefined, 1],
    ["l2, with vectors of any length", undefined, 17],
    ["inner product", { hnsw: { space: "ip" } }, 3],
  ])(
    "is searched beside the new ones, whatever measures it: %s [req:chroma.legacy]",
    async (_name, configuration, length) => {
      const old = await conversation(3);
      await fillLegacy(old, { vectors: [EAST, NORTH, NORTHEAST], configuration, length });
      const fresh = await conversation(1);
      await embedNew(fresh, [0.9, 0.1, 0, 0]);
      const hits = await search(EAST);
      expect(hits.map((hit) => hit.message)).toEqual([
        ...[old.messages[0], fresh.messages[0], old.messages[2], old.messages[1]],
      ]);
      expect(hits[0]?.similarity).toBeCloseTo(1, 3);
      expect(hits[2]?.similarity).toBeCloseTo(Math.SQRT1_2, 3);
      expect(hits[3]?.similarity).toBeCloseTo(0, 3);
      expect(hits[0]).toMatchObject({ conversation: old.sequence, chunk: 0, start: 0 });
    },
  );

  it("counts as the collection of the model that made it", async () => {
    const old = await conversation(2);
    await fillLegacy(old, { vectors: [EAST, NORTH] });
    expect(await world.store.collections("ann")).toEqual([
      { name: "conversations", modelId: MODEL.id, dimension: 4, vectors: 2, messages: 2 },
    ]);
    expect(await world.store.collections("bob")).toEqual([]);
    expect(await search(EAST, { model: OTHER })).toEqual([]);
  });

  it("is checked against the rows: deleted, of another owner, archived, in another folder", async () => {
    const [kept, deleted, theirs] = [
      ...[await conversation(1, { folder: "/work" }), await conversation(1)],
      await conversation(1, { owner: "bob" }),
    ];
    const archived = await conversation(1, { status: "archived", folder: "/work" });
    await fillLegacy(
      { messages: [kept, deleted, theirs, archived].flatMap((one) => one?.messages ?? []) },
      { vectors: [NORTHEAST, EAST, EAST, EAST] },
    );
    world.rows.delete([deleted?.sequence ?? 0]);
    const hits = await world.store.search("ann", {
      ...{ model: MODEL, vector: Float32Array.from(EAST), limit: 10 },
      filter: { folder: "/work", statuses: ["active"] },
    });
    expect(hits.map((hit) => hit.message)).toEqual(kept?.messages);
  });

  it("gives the cosines of messages that have no new vector", async () => {
    const old = await conversation(2);
    await fillLegacy(old, { vectors: [NORTHEAST, NORTH], length: 5 });
    const query = { model: MODEL, vector: Float32Array.from(EAST) };
    const found = await world.store.similarities("ann", query, old.messages);
    expect(found.get(old.messages[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 4);
    expect(found.get(old.messages[1] ?? 0)).toBeCloseTo(0, 4);
  });

  it("is moved by a rebuild with the same model without embedding anything, and stays as it was [req:chroma.legacy-moved]", async () => {
    const old = await conversation(3);
    await fillLegacy(old, { vectors: [EAST, NORTH, NORTHEAST], length: 5 });
    const fresh = await conversation(1);
    await embedNew(fresh, NORTH);
    await rebuild(MODEL);
    expect(world.lines).toContain("Took 3 vectors over from version 1");
    expect(await world.store.collections("ann")).toEqual([
      { name: "conversations_4", modelId: MODEL.id, dimension: 4, vectors: 4, messages: 4 },
    ]);
    expect((await search(EAST)).map((hit) => hit.message).slice(0, 2)).toEqual([
      ...[old.messages[0], old.messages[2]],
    ]);
    expect(await legacyCount()).toBe(3);
    world.lines.length = 0;
    await rebuild(MODEL);
    expect(world.lines.filter((line) => line.startsWith("Took"))).toEqual([]);
  });

  it("is searched until a rebuild with another model has reached every message of it", async () => {
    const old = await conversation(2);
    await fillLegacy(old, { vectors: [EAST, NORTH] });
    const [first, second] = old.messages.map((message) => ({
      ...{ message, conversation: old.sequence, chunk: 0, start: 0, end: 4 },
      vector: Float32Array.from(NORTH),
    }));
    if (first === undefined || second === undefined) throw new Error("no messages");
    await world.embed("ann", OTHER, [first]);
    await rebuild(OTHER);
    expect(await search(EAST)).toHaveLength(2);
    await world.embed("ann", OTHER, [second]);
    await rebuild(OTHER);
    expect(await search(EAST)).toEqual([]);
    expect(await legacyCount()).toBe(2);
  });

  it("loses what a person deletes", async () => {
    const old = await conversation(1);
    const kept = await conversation(1);
    await fillLegacy(old, { vectors: [EAST] });
    await fillLegacy(kept, { vectors: [NORTH] });
    world.rows.delete([old.sequence]);
    await world.store.remove("ann", [old.sequence], [old.id]);
    expect(await legacyCount()).toBe(1);
  });

  it("is named in the log when no configured model fits it", async () => {
    const old = await conversation(1);
    await fillLegacy(old, { vectors: [[1, 0, 0]] });
    expect(await world.store.collections("ann")).toEqual([]);
    expect(world.lines.join("\n")).toMatch(/1 vectors of version 1 .* no embedding model with 3/);
  });

  async function rebuild(model: typeof MODEL) {
    const { signal } = new AbortController();
    await world.store.beforeRebuild("ann", model, { force: false, signal });
    await world.store.afterRebuild("ann", model, signal);
  }

  async function conversation(
    messages: number,
    changes: { owner?: string; folder?: string; status?: "archived" } = {},
  ): Promise<StoredWorldConversation> {
    return await world.put({
      ...{ owner: "ann", ...changes },
      messages: Array.from({ length: messages }, () => ({ role: "user", timestamp: 1 })),
    });
  }

  async function embedNew({ sequence, messages }: StoredWorldConversation, vector: number[]) {
    const entry = { conversation: sequence, chunk: 0, start: 0, end: 4 };
    await world.embed(
      "ann",
      MODEL,
      messages.map((message) => ({
        ...entry,
        message,
        vector: Float32Array.from(vector, (component) => component / Math.hypot(...vector)),
      })),
    );
  }

  async function search(vector: number[], { model = MODEL } = {}) {
    return await world.store.search("ann", {
      ...{ model, vector: Float32Array.from(vector), filter: {}, limit: 10 },
    });
  }

  /** As v1 wrote: ids of messages, and the metadata of wire.md 5.7. */
  async function fillLegacy(
    { messages }: Pick<StoredWorldConversation, "messages">,
    content: { vectors: number[][]; configuration?: object | undefined; length?: number },
  ) {
    const { vectors, configuration, length = 1 } = content;
    const { id } = (await ask("", {
      ...{ name: "conversations", get_or_create: true },
      ...(configuration === undefined ? {} : { configuration }),
    })) as { id: string };
    const rows = messages.map((message) =>
      world.rows.database
        .prepare(
          `SELECT m.id, m.role, c.id AS conversation, c.label, c.folder FROM messages m
           JOIN conversations c ON c.seq = m.conversation_seq WHERE m.seq = ?`,
        )
        .get(message),
    );
    await ask(`/${id}/add`, {
      ids: rows.map((row) => row?.id),
      embeddings: vectors.map((vector) =>
        vector.map((component) => (component * length) / Math.hypot(...vector)),
      ),
      metadatas: rows.map((row) => ({
        ...{ conversation_id: row?.conversation, message_id: row?.id, role: row?.role },
        ...{ label: row?.label, folder: row?.folder, timestamp: "2025-05-01T10:00:00Z" },
        content_preview: "text",
      })),
    });
  }

  async function legacyCount(): Promise<unknown> {
    const { id } = (await ask("/conversations")) as { id: string };
    return await ask(`/${id}/count`);
  }

  async function ask(path: string, body?: object): Promise<unknown> {
    const { database } = world.options;
    const base = `${server.url}/api/v2/tenants/default_tenant/databases/${database}/collections`;
    const response = await fetch(`${base}${path}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json" },
    });
    expect(response.ok).toBe(true);
    return await response.json();
  }
});
