import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VectorEntry } from "../../../core/ports/vector-store.ts";
import { recordId } from "./chroma-records.ts";
import { type ChromaWorld, openChromaWorld } from "./chroma-world.ts";
import { type FaultyChroma, startFaultyChroma } from "./faulty-chroma.ts";

const MODEL = { id: "m@f32", name: "m", dimension: 4 };
const EAST = Float32Array.from([1, 0, 0, 0]);
const MEMORY = "memory";

describe("what is asked of Chroma", () => {
  let chroma: FaultyChroma;
  let world: ChromaWorld;
  beforeEach(async () => {
    chroma = await startFaultyChroma();
    world = await openChromaWorld(chroma.url, {
      ...{ tenant: "default_tenant", database: "default_database", newId: () => MEMORY },
    });
  });
  afterEach(async () => {
    await world.close();
    await chroma.close();
  });

  /** Messages of one owner with a vector each, and the ids of their records. */
  async function stored(owner: string, count: number) {
    const ids = Array.from({ length: count }, (_, at) => `${owner}-${at}`);
    const conversation = await world.put({
      owner,
      messages: ids.map((id, timestamp) => ({ id, role: "user", timestamp })),
    });
    const entries = conversation.messages.map(
      (message): VectorEntry => ({
        ...{ message, conversation: conversation.sequence },
        ...{ chunk: 0, start: 0, end: 4, vector: EAST },
      }),
    );
    const records = ids.map((messageId) =>
      recordId({ memory: MEMORY, owner, modelId: MODEL.id, messageId, chunk: 0 }),
    );
    world.rows.embed(owner, MODEL, entries);
    return { ...conversation, entries, records };
  }

  const search = () =>
    world.store.search("ann", { model: MODEL, vector: EAST, filter: {}, limit: 3 });

  it("is one request a search, without conditions and metadata, where enough pass [req:chroma.requests]", async () => {
    const { records, messages } = await stored("ann", 100);
    chroma.holds = records;
    expect((await search()).map((hit) => hit.message)).toEqual(messages.slice(0, 3));
    expect(chroma.asked).toEqual(["POST query"]);
    expect(chroma.bodies[0]).toMatchObject({ include: ["distances"] });
    expect(chroma.bodies[0]).not.toHaveProperty("where");
  });

  it("is narrowed to the conversations where others' records stand before an owner's few", async () => {
    const theirs = await stored("bob", 100);
    const { id } = await stored("ann", 1);
    chroma.holds = theirs.records;
    expect(await search()).toEqual([]);
    expect(chroma.bodies[0]).not.toHaveProperty("where");
    expect(chroma.bodies[1]).toMatchObject({ where: { conversation_id: { $in: [id] } } });
  });

  it("is nothing for the cosines of given messages: the rows have their vectors [req:chroma.requests]", async () => {
    const { messages } = await stored("ann", 100);
    const found = await world.store.similarities("ann", { model: MODEL, vector: EAST }, messages);
    expect(found.size).toBe(100);
    expect(chroma.asked).toEqual([]);
  });

  it("is one request for as many vectors as it takes at once [req:chroma.requests]", async () => {
    const { entries } = await stored("ann", 250);
    await world.store.add("ann", MODEL, entries);
    expect(chroma.asked).toEqual(["POST upsert", "POST upsert", "POST upsert"]);
  });
});
