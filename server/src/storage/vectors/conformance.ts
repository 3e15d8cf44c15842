import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConversationStatus, MessageFilter } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { VectorEntry, VectorStore } from "../../core/ports/vector-store.ts";

/** A conversation to be put into the rows; what is left out does not matter to the test. */
export interface WorldConversation {
  owner: string;
  id?: string;
  label?: string;
  folder?: string;
  status?: ConversationStatus;
  pinned?: boolean;
  importanceScore?: number;
  updatedAt?: number;
  sessionId?: string | null;
  tags?: string[];
  /** Ids are made where none is given. */
  messages: { id?: string; role: string; timestamp: number }[];
}

export interface StoredWorldConversation {
  sequence: number;
  id: string;
  /** Sequences of its messages. */
  messages: number[];
}

/** A vector store and the rows it belongs to. */
export interface VectorStoreWorld {
  store: VectorStore;
  put(conversation: WorldConversation): Promise<StoredWorldConversation>;
  /** What the embedding queue does: the rows, replacing what the messages had, and `store.add`. */
  embed(owner: string, model: EmbeddingModelIdentity, entries: VectorEntry[]): Promise<void>;
  /** What the conversation store and its service do: the rows, then `store.remove`. */
  delete(owner: string, conversations: number[]): Promise<void>;
  close(): Promise<void>;
}

const MODEL: EmbeddingModelIdentity = { id: "conformance@f32", name: "conformance", dimension: 4 };
const OTHER: EmbeddingModelIdentity = { id: "other@f32", name: "other", dimension: 4 };
const EAST = [1, 0, 0, 0];
const NORTH = [0, 1, 0, 0];
const NORTHEAST = [Math.SQRT1_2, Math.SQRT1_2, 0, 0];
const WEST = [-1, 0, 0, 0];

/** What every vector store promises, whatever serves its searches. */
export function describeVectorStore(name: string, factory: () => Promise<VectorStoreWorld>): void {
  describe(`${name} as a vector store`, () => {
    let world: VectorStoreWorld;
    beforeEach(async () => {
      world = await factory();
    });
    afterEach(async () => {
      await world.close();
    });
    const current = () => world;
    describeFinding(current);
    describeSeparation(current);
    describeChange(current);
    describeFilters(current);
    describeRefusals(current);
  });
}

function describeFinding(world: () => VectorStoreWorld): void {
  it("finds the nearest messages, best first, with where the match stands", async () => {
    const stored = await embedded(world(), { vectors: [EAST, NORTH, NORTHEAST, WEST] });
    const hits = await search(world(), EAST, { limit: 3 });
    expect(hits.map((hit) => hit.message)).toEqual([0, 2, 1].map((at) => stored.messages[at]));
    const cosines = hits.map((hit) => hit.similarity);
    for (const [at, cosine] of [1, Math.SQRT1_2, 0].entries()) {
      expect(cosines[at]).toBeCloseTo(cosine, 4);
    }
    expect(hits[0]).toMatchObject({ conversation: stored.sequence, chunk: 0, start: 0, end: 10 });
  });

  it("answers cosines down to -1", async () => {
    await embedded(world(), { vectors: [WEST] });
    const [hit] = await search(world(), EAST);
    expect(hit?.similarity).toBeCloseTo(-1, 4);
  });

  it("answers each message once, with its best chunk", async () => {
    const stored = await world().put(conversationOf(2));
    await world().embed("ann", MODEL, [
      entry(stored, { vector: NORTH, chunk: 0 }),
      entry(stored, { vector: EAST, chunk: 1 }),
      entry(stored, { vector: NORTHEAST, chunk: 2 }),
      entry(stored, { vector: WEST, message: 1 }),
    ]);
    const hits = await search(world(), EAST);
    expect(hits.map((hit) => [hit.message, hit.chunk])).toEqual([
      [stored.messages[0], 1],
      [stored.messages[1], 0],
    ]);
    expect(hits[0]).toMatchObject({ start: 10, end: 20 });
  });

  it("compares directions, whatever the length of the query", async () => {
    await embedded(world(), { vectors: [EAST] });
    const [hit] = await search(world(), [5, 0, 0, 0]);
    expect(hit?.similarity).toBeCloseTo(1, 4);
  });

  it("answers nothing for a model without vectors, an owner without vectors, a limit of 0", async () => {
    expect(await search(world(), EAST)).toEqual([]);
    await embedded(world(), { vectors: [EAST] });
    expect(await search(world(), EAST, { model: OTHER })).toEqual([]);
    expect(await search(world(), EAST, { owner: "bob" })).toEqual([]);
    expect(await search(world(), EAST, { limit: 0 })).toEqual([]);
  });

  it("gives the cosines of given messages, best chunk each, and leaves out the others", async () => {
    const stored = await world().put(conversationOf(3));
    await world().embed("ann", MODEL, [
      entry(stored, { vector: NORTH, chunk: 0 }),
      entry(stored, { vector: EAST, chunk: 1 }),
      entry(stored, { vector: NORTHEAST, message: 1 }),
    ]);
    const found = await world().store.similarities(
      "ann",
      { model: MODEL, vector: Float32Array.from(EAST) },
      [...stored.messages, 999_999],
    );
    expect([...found.keys()].sort()).toEqual(stored.messages.slice(0, 2).sort());
    expect(found.get(stored.messages[0] ?? 0)).toBeCloseTo(1, 2);
    expect(found.get(stored.messages[1] ?? 0)).toBeCloseTo(Math.SQRT1_2, 2);
  });

  it("is ready after a successful check", async () => {
    await expect(world().store.check()).resolves.toBeUndefined();
  });
}

function describeSeparation(world: () => VectorStoreWorld): void {
  it("never answers what belongs to another owner [req:storage.owners]", async () => {
    const mine = await embedded(world(), { vectors: [NORTH] });
    const theirs = await embedded(world(), { owner: "bob", vectors: [EAST] });
    expect((await search(world(), EAST)).map((hit) => hit.message)).toEqual(mine.messages);
    const query = { model: MODEL, vector: Float32Array.from(EAST) };
    expect(await world().store.similarities("ann", query, theirs.messages)).toEqual(new Map());
  });

  it("keeps two owners' messages of one id apart, as two imports of one file have them", async () => {
    const messages = [{ id: "1", role: "user", timestamp: 1 }];
    const mine = await embedded(world(), { vectors: [NORTH], messages });
    const theirs = await embedded(world(), { owner: "bob", vectors: [EAST], messages });
    const found = async (owner: string) =>
      (await search(world(), EAST, { owner })).map((hit) => [
        hit.message,
        Math.round(hit.similarity),
      ]);
    expect(await found("ann")).toEqual([[mine.messages[0], 0]]);
    expect(await found("bob")).toEqual([[theirs.messages[0], 1]]);
  });

  it("never mixes two models of one dimension [req:embedding.models-apart]", async () => {
    const stored = await world().put(conversationOf(2));
    await world().embed("ann", MODEL, [entry(stored, { vector: NORTH })]);
    await world().embed("ann", OTHER, [
      entry(stored, { vector: EAST }),
      entry(stored, { vector: EAST, message: 1 }),
    ]);
    const hits = await search(world(), EAST);
    expect(hits.map((hit) => [hit.message, Math.round(hit.similarity)])).toEqual([
      [stored.messages[0], 0],
    ]);
    expect(await search(world(), EAST, { model: OTHER })).toHaveLength(2);
  });

  it("lists what each model has of an owner", async () => {
    const stored = await world().put(conversationOf(2));
    await world().embed("ann", MODEL, [
      entry(stored, { vector: NORTH, chunk: 0 }),
      entry(stored, { vector: EAST, chunk: 1 }),
      entry(stored, { vector: EAST, message: 1 }),
    ]);
    await embedded(world(), { owner: "bob", vectors: [EAST] });
    expect(await world().store.collections("ann")).toEqual([
      { name: "conversations_4", modelId: MODEL.id, dimension: 4, vectors: 3, messages: 2 },
    ]);
    expect(await world().store.collections("carol")).toEqual([]);
  });
}

function describeChange(world: () => VectorStoreWorld): void {
  it("finds what was added after the first search", async () => {
    await embedded(world(), { vectors: [NORTH] });
    await search(world(), EAST);
    const later = await embedded(world(), { vectors: [EAST] });
    const [hit] = await search(world(), EAST);
    expect(hit?.message).toBe(later.messages[0]);
  });

  it("forgets deleted conversations and keeps the others", async () => {
    const gone = await embedded(world(), { vectors: [EAST, NORTHEAST] });
    const kept = await embedded(world(), { vectors: [NORTH] });
    await search(world(), EAST);
    await world().delete("ann", [gone.sequence]);
    expect((await search(world(), EAST)).map((hit) => hit.message)).toEqual(kept.messages);
    const query = { model: MODEL, vector: Float32Array.from(EAST) };
    const found = await world().store.similarities("ann", query, gone.messages);
    expect(found.size).toBe(0);
    expect(await world().store.collections("ann")).toMatchObject([{ vectors: 1, messages: 1 }]);
  });

  it("removes nothing of another owner", async () => {
    const theirs = await embedded(world(), { owner: "bob", vectors: [EAST] });
    await world().store.remove("ann", [theirs.sequence]);
    expect(await search(world(), EAST, { owner: "bob" })).toHaveLength(1);
  });

  it("answers only the new vectors of a message that was embedded again", async () => {
    const stored = await world().put(conversationOf(1));
    await world().embed("ann", MODEL, [
      entry(stored, { vector: EAST, chunk: 0 }),
      entry(stored, { vector: NORTHEAST, chunk: 1 }),
    ]);
    await search(world(), EAST);
    await world().embed("ann", MODEL, [entry(stored, { vector: NORTH, chunk: 0 })]);
    const hits = await search(world(), EAST);
    expect(hits.map((hit) => [hit.chunk, Math.round(hit.similarity)])).toEqual([[0, 0]]);
    expect(await world().store.collections("ann")).toMatchObject([{ vectors: 1, messages: 1 }]);
  });
}

function describeFilters(world: () => VectorStoreWorld): void {
  const rich: Omit<WorldConversation, "messages"> = {
    owner: "ann",
    id: "rich",
    label: "Ünder the Bridge",
    folder: "/work/sekha",
    status: "archived",
    pinned: true,
    importanceScore: 8,
    updatedAt: 5000,
    sessionId: "s1",
    tags: ["red", "blue"],
  };
  const matching: [string, MessageFilter][] = [
    ["ids", { ids: ["rich", "unknown"] }],
    ["a folder above", { folder: "/work" }],
    ["the folder itself, with a slash behind", { folder: "/work/sekha/" }],
    ["an exact label", { label: "Ünder the Bridge" }],
    ["one of several labels", { labels: ["x", "Ünder the Bridge"] }],
    ["a part of the label in another case", { labelContains: "üNDER THE b" }],
    ["all of its tags", { tags: ["red", "blue"] }],
    ["status", { statuses: ["archived"] }],
    ["pin", { pinned: true }],
    ["importance", { minImportance: 8, maxImportance: 8 }],
    ["session", { sessionId: "s1" }],
    ["time of update, inclusive", { updatedSince: 5000, updatedUntil: 5000 }],
    ["excluded folders", { excludedFolders: ["/plain", "/wor"] }],
    ["role", { roles: ["tool"] }],
    ["time of message, inclusive", { since: 700, until: 700 }],
    ["several at once", { folder: "/work", tags: ["red"], roles: ["tool"], since: 1 }],
  ];
  const refusing: [string, MessageFilter][] = [
    ["a folder whose name only begins alike", { folder: "/work/sek" }],
    ["an excluded folder above", { excludedFolders: ["/work"] }],
    ["a tag it lacks", { tags: ["red", "green"] }],
    ["a label in another case", { label: "ünder the bridge" }],
    ["an empty list of ids", { ids: [] }],
    ["an empty list of roles", { roles: [] }],
  ];

  async function fill() {
    const one = await embedded(world(), {
      ...rich,
      vectors: [NORTH],
      messages: [{ role: "tool", timestamp: 700 }],
    });
    const plain = await embedded(world(), {
      folder: "/plain",
      label: "plain",
      vectors: [EAST],
      messages: [{ role: "user", timestamp: 100 }],
    });
    return { rich: one.messages, plain: plain.messages };
  }

  it.each(matching)("narrows by %s", async (_name, filter) => {
    const stored = await fill();
    const hits = await search(world(), EAST, { filter, limit: 1 });
    expect(hits.map((hit) => hit.message)).toEqual(stored.rich);
  });

  it.each(refusing)("leaves out what fails %s", async (_name, filter) => {
    const stored = await fill();
    const found = (await search(world(), EAST, { filter })).map((hit) => hit.message);
    expect(found).not.toContain(stored.rich[0]);
  });

  it("takes the root folder for everything", async () => {
    await fill();
    expect(await search(world(), EAST, { filter: { folder: "/" } })).toHaveLength(2);
  });
}

function describeRefusals(world: () => VectorStoreWorld): void {
  it.each([
    ["of another dimension", [1, 0, 0]],
    ["that is zero", [0, 0, 0, 0]],
    ["that is not a number", [Number.NaN, 0, 0, 0]],
  ])("refuses a query vector %s", async (_name, vector) => {
    await embedded(world(), { vectors: [EAST] });
    await expect(search(world(), vector)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("answers `unavailable` once it is closed", async () => {
    await world().store.close();
    await expect(search(world(), EAST)).rejects.toMatchObject({ code: "unavailable" });
  });
}

interface Embedding extends Partial<WorldConversation> {
  /** One message each. */
  vectors: number[][];
}

async function embedded(world: VectorStoreWorld, embedding: Embedding) {
  const { vectors, ...conversation } = embedding;
  const stored = await world.put({ ...conversationOf(vectors.length), ...conversation });
  const entries = vectors.map((vector, message) => entry(stored, { vector, message }));
  await world.embed(conversation.owner ?? "ann", MODEL, entries);
  return stored;
}

function conversationOf(messages: number): WorldConversation {
  return {
    owner: "ann",
    messages: Array.from({ length: messages }, (_, at) => ({ role: "user", timestamp: at })),
  };
}

function entry(
  stored: StoredWorldConversation,
  chunk: { vector: number[]; message?: number; chunk?: number },
): VectorEntry {
  const number = chunk.chunk ?? 0;
  return {
    message: stored.messages[chunk.message ?? 0] ?? 0,
    conversation: stored.sequence,
    chunk: number,
    start: number * 10,
    end: number * 10 + 10,
    vector: Float32Array.from(chunk.vector),
  };
}

async function search(
  world: VectorStoreWorld,
  vector: number[],
  options: {
    owner?: string;
    model?: EmbeddingModelIdentity;
    filter?: MessageFilter;
    limit?: number;
  } = {},
) {
  return await world.store.search(options.owner ?? "ann", {
    model: options.model ?? MODEL,
    vector: Float32Array.from(vector),
    filter: options.filter ?? {},
    limit: options.limit ?? 10,
  });
}
