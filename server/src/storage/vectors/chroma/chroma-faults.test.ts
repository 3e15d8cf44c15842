import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VectorEntry } from "../../../core/ports/vector-store.ts";
import type { ChromaVectorStoreOptions } from "./chroma-vector-store.ts";
import { type ChromaWorld, openChromaWorld } from "./chroma-world.ts";
import { type FaultyChroma, startFaultyChroma } from "./faulty-chroma.ts";

const MODEL = { id: "m@f32", name: "m", dimension: 4 };
const EAST = Float32Array.from([1, 0, 0, 0]);

describe("calls of a Chroma that fails", () => {
  let chroma: FaultyChroma;
  let world: ChromaWorld;
  let waits: number[];
  beforeEach(async () => {
    chroma = await startFaultyChroma();
    waits = [];
    await open();
  });
  afterEach(async () => {
    await world.close();
    await chroma.close();
  });

  async function open(changes: Partial<ChromaVectorStoreOptions> = {}) {
    world = await openChromaWorld(chroma.url, {
      ...{ tenant: "default_tenant", database: "default_database" },
      sleep: async (milliseconds) => void waits.push(milliseconds),
      ...changes,
    });
  }

  async function entry(): Promise<VectorEntry> {
    const stored = await world.put({ owner: "ann", messages: [{ role: "user", timestamp: 1 }] });
    return {
      ...{ message: stored.messages[0] ?? 0, conversation: stored.sequence },
      ...{ chunk: 0, start: 0, end: 4, vector: EAST },
    };
  }

  const search = () =>
    world.store.search("ann", { model: MODEL, vector: EAST, filter: {}, limit: 3 });

  it.each([
    ["has too much to do", 429],
    ["fails", 503],
  ])("are made again with growing waits when it %s [req:chroma.retries]", async (_, status) => {
    chroma.faults.push({ status }, { status });
    await expect(world.store.add("ann", MODEL, [await entry()])).resolves.toBeUndefined();
    expect(chroma.asked).toEqual(["POST upsert", "POST upsert", "POST upsert"]);
    expect(waits).toEqual([75, 150]);
  });

  it("are made again when the connection is cut in the middle of an answer", async () => {
    chroma.faults.push("cut");
    await expect(search()).resolves.toEqual([]);
    expect(chroma.asked).toEqual(["POST query", "POST query"]);
  });

  it("end with what the server said after four tries", async () => {
    chroma.faults.push(...Array.from({ length: 9 }, () => ({ status: 500, body: "disk is full" })));
    await expect(world.store.add("ann", MODEL, [await entry()])).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /^ChromaDB at http.* failed \(storing vectors\): disk is full$/,
      ),
    });
    expect(chroma.asked).toHaveLength(4);
  });

  it("are never made again when they were refused", async () => {
    chroma.faults.push({ status: 400, body: "not like this" });
    await expect(world.store.add("ann", MODEL, [await entry()])).rejects.toThrow(/not like this/);
    expect(chroma.asked).toHaveLength(1);
  });

  it("do not take a proxy's page for an answer without hits", async () => {
    chroma.faults.push("page of a proxy", "page of a proxy");
    await expect(search()).rejects.toThrow(/cannot be read .*Is chroma_url a ChromaDB server/);
  });

  it("end after their time when nothing comes back", async () => {
    chroma.always = "hang";
    await expect(world.store.check()).rejects.toThrow(/no answer within 1.8 seconds \(health\)/);
  });

  it("end when the store is closed", async () => {
    await search();
    chroma.faults.push("hang");
    const asked = search();
    await expect.poll(() => chroma.asked.length).toBe(2);
    await world.store.close();
    await expect(asked).rejects.toMatchObject({
      code: "unavailable",
      message: "The vector store is closed.",
    });
  });

  it("wait as long as their own limit says, whatever else waits for the same answer", async () => {
    chroma.always = "hang";
    const stored = world.store.add("ann", MODEL, [await entry()]);
    const refused = expect(stored).rejects.toThrow(/closed/);
    await expect(search()).rejects.toThrow(/no answer within 3 seconds/);
    await world.store.close();
    await refused;
  }, 20_000);

  it("say that a token is missing or wrong, and send the one that is set", async () => {
    chroma.always = { status: 401 };
    await expect(world.store.check()).rejects.toThrow(/asks for a token .*chroma_auth_token/);
    await expect(world.again({ authToken: "test-key" }).check()).rejects.toThrow(
      /refuses the token/,
    );
    expect(chroma.headers).toMatchObject({
      ...{ authorization: "Bearer test-key", "x-chroma-token": "test-key" },
    });
  });

  it("send name and password of the address, and tell them nobody", async () => {
    const url = chroma.url.replace("http://", "http://me:test-secret@");
    const store = world.again({ url });
    await store.check();
    expect(chroma.headers?.authorization).toBe(
      `Basic ${Buffer.from("me:test-secret").toString("base64")}`,
    );
    chroma.always = { status: 403 };
    await expect(store.check()).rejects.toThrow(/^(?!.*test-secret).*token/);
  });
});
