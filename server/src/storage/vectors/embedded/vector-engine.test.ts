import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MessageFilter } from "../../../core/conversations/conversation.ts";
import type { StoredWorldConversation, WorldConversation } from "../conformance.ts";
import { SqliteWorld } from "../sqlite-world.ts";
import { clusteredVectors } from "./clustered-vectors.ts";
import { VectorEngine } from "./vector-engine.ts";

const MODEL = { id: "test@f32", name: "test", dimension: 40 };

let world: SqliteWorld;
let engine: VectorEngine;

beforeEach(async () => {
  world = new SqliteWorld();
  engine = await VectorEngine.open({
    databaseFile: world.file,
    directory: join(world.folder, "vectors"),
    quietMs: 0,
    log: () => undefined,
    now: () => 0,
  });
});

afterEach(async () => {
  await engine.close();
  world.close();
});

/** Stores vectors as the single chunks of the messages of a conversation. */
function embed(stored: StoredWorldConversation, vectors: Float32Array[], owner = "ann"): void {
  world.embedMessages(owner, MODEL, { ...stored, vectors });
}

function conversation(messages: number, rest: Partial<WorldConversation> = {}) {
  return world.put({
    owner: "ann",
    messages: Array.from({ length: messages }, (_, at) => ({
      role: ["user", "assistant", "tool"][at % 3] ?? "user",
      timestamp: at,
    })),
    ...rest,
  });
}

async function found(vector: Float32Array, filter: MessageFilter = {}, limit = 10) {
  const hits = await engine.search({ owner: "ann", model: MODEL, vector, filter, limit });
  return hits.map((hit) => hit.message);
}

function nearest(query: Float32Array, candidates: Map<number, Float32Array>, limit = 10) {
  const score = (vector: Float32Array) =>
    vector.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0);
  return [...candidates]
    .map(([message, vector]) => ({ message, similarity: score(vector) }))
    .sort((left, right) => right.similarity - left.similarity || left.message - right.message)
    .slice(0, limit)
    .map(({ message }) => message);
}

function byMessage(stored: StoredWorldConversation, vectors: Float32Array[]) {
  return new Map(stored.messages.map((message, at) => [message, vectors[at] as Float32Array]));
}

describe("exactness", () => {
  it("finds the same ten as a search through every vector [req:vectors.exact]", async () => {
    const vectors = clusteredVectors({ count: 6000, dimension: 40, clusters: 60, seed: 1 });
    const stored = conversation(vectors.length);
    embed(stored, vectors);
    const all = byMessage(stored, vectors);
    for (const query of clusteredVectors({ count: 40, dimension: 40, clusters: 60, seed: 1 })) {
      expect(await found(query)).toEqual(nearest(query, all));
    }
  });

  it("finds the same three hundred, too", async () => {
    const vectors = clusteredVectors({ count: 3000, dimension: 40, clusters: 10, seed: 2 });
    const stored = conversation(vectors.length);
    embed(stored, vectors);
    const query = vectors[7] as Float32Array;
    expect(await found(query, {}, 300)).toEqual(nearest(query, byMessage(stored, vectors), 300));
  });

  it("is not led astray by a message with hundreds of near chunks", async () => {
    const [query, ...others] = clusteredVectors({ count: 31, dimension: 40, clusters: 1, seed: 3 });
    const stored = conversation(31);
    const long = Array.from({ length: 500 }, (_, chunk) => ({
      message: stored.messages[0] ?? 0,
      conversation: stored.sequence,
      chunk,
      start: chunk,
      end: chunk + 1,
      vector: query as Float32Array,
    }));
    const short = others.map((vector, at) => ({
      ...(long[0] as (typeof long)[0]),
      message: stored.messages[at + 1] ?? 0,
      vector,
    }));
    world.embed("ann", MODEL, [...long, ...short]);
    expect(await found(query as Float32Array, {}, 31)).toHaveLength(31);
  });

  it("leaves out stored vectors without direction or of the wrong size", async () => {
    const [good] = clusteredVectors({ count: 1, dimension: 40, clusters: 1, seed: 4 });
    const stored = conversation(4);
    embed(stored, [
      new Float32Array(40),
      new Float32Array(40).fill(Number.NaN),
      new Float32Array(39).fill(1),
      good as Float32Array,
    ]);
    expect(await found(good as Float32Array)).toEqual([stored.messages[3]]);
  });

  it("refuses a model whose stored vectors have another dimension", async () => {
    embed(conversation(1), [new Float32Array(40).fill(1)]);
    const model = { ...MODEL, dimension: 41 };
    const vector = new Float32Array(41).fill(1);
    await expect(
      engine.search({ owner: "ann", model, vector, filter: {}, limit: 1 }),
    ).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("filters", () => {
  const folders = ["/", "/a", "/a/b", "/ab", "/c/d"];
  const labels = ["Alpha", "beta", "Über"];
  const tags = ["x", "y", "z"];
  const drafts = fc.record({
    folder: fc.constantFrom(...folders),
    label: fc.constantFrom(...labels),
    tags: fc.uniqueArray(fc.constantFrom(...tags)),
    status: fc.constantFrom("active" as const, "archived" as const),
    pinned: fc.boolean(),
    importanceScore: fc.integer({ min: 1, max: 10 }),
    updatedAt: fc.integer({ min: 0, max: 9 }),
    sessionId: fc.constantFrom("s", "t", null),
  });
  const filters = fc.record(
    {
      folder: fc.constantFrom(...folders),
      excludedFolders: fc.uniqueArray(fc.constantFrom("/a", "/c", "/ab"), { maxLength: 2 }),
      labels: fc.uniqueArray(fc.constantFrom(...labels)),
      labelContains: fc.constantFrom("A", "ü", "et"),
      tags: fc.uniqueArray(fc.constantFrom(...tags), { maxLength: 2 }),
      statuses: fc.uniqueArray(fc.constantFrom("active" as const, "archived" as const)),
      pinned: fc.boolean(),
      minImportance: fc.integer({ min: 1, max: 10 }),
      maxImportance: fc.integer({ min: 1, max: 10 }),
      sessionId: fc.constantFrom("s", "t"),
      updatedSince: fc.integer({ min: 0, max: 9 }),
      updatedUntil: fc.integer({ min: 0, max: 9 }),
      roles: fc.uniqueArray(fc.constantFrom("user", "assistant", "tool", "other")),
      since: fc.integer({ min: 0, max: 19 }),
      until: fc.integer({ min: 0, max: 19 }),
    },
    { requiredKeys: [] },
  );

  it("let exactly those messages through that a plain reading of the filter would [req:vectors.filtered]", async () => {
    const [sample] = fc.sample(fc.array(drafts, { minLength: 60, maxLength: 60 }), {
      numRuns: 1,
      seed: 5,
    });
    const everything = (sample ?? []).map((draft, at) => {
      const stored = conversation(20, draft);
      const vectors = clusteredVectors({ count: 20, dimension: 40, clusters: 3, seed: at });
      embed(stored, vectors);
      return { draft, stored, vectors };
    });
    const query = clusteredVectors({ count: 1, dimension: 40, clusters: 3, seed: 0 })[0];
    const ask = async (filter: MessageFilter) => {
      const allowed = new Map<number, Float32Array>();
      for (const { draft, stored, vectors } of everything) {
        for (const [at, message] of stored.messages.entries()) {
          if (passesConversation(filter, draft) && passesMessage(filter, at)) {
            allowed.set(message, vectors[at] as Float32Array);
          }
        }
      }
      const expected = nearest(query as Float32Array, allowed);
      expect(await found(query as Float32Array, filter)).toEqual(expected);
    };
    await fc.assert(
      fc.asyncProperty(filters, fc.boolean(), async (filter, writes) => {
        // A commit between two searches makes the second one probe or resolve anew.
        await ask(filter as MessageFilter);
        if (writes) {
          world.database.exec("UPDATE conversations SET word_count = word_count + 1 WHERE seq = 1");
          await ask(filter as MessageFilter);
        }
      }),
      { numRuns: 250 },
    );
  });

  it("see a change of status at once", async () => {
    const vectors = clusteredVectors({ count: 2, dimension: 40, clusters: 1, seed: 6 });
    const first = conversation(1);
    const second = conversation(1);
    embed(first, vectors.slice(0, 1));
    embed(second, vectors.slice(1));
    const query = vectors[0] as Float32Array;
    expect(await found(query, { statuses: ["active"] })).toHaveLength(2);
    world.database.exec(
      `UPDATE conversations SET status = 'archived' WHERE seq = ${first.sequence}`,
    );
    expect(await found(query, { statuses: ["active"] })).toEqual(second.messages);
  });
});

describe("change", () => {
  it("gives a full answer although rows were deleted behind its back", async () => {
    const vectors = clusteredVectors({ count: 300, dimension: 40, clusters: 1, seed: 7 });
    const gone = conversation(250);
    const kept = conversation(50);
    embed(gone, vectors.slice(0, 250));
    embed(kept, vectors.slice(250));
    const query = vectors[0] as Float32Array;
    await found(query);
    world.delete([gone.sequence]);
    const expected = nearest(query, byMessage(kept, vectors.slice(250)));
    expect(await found(query)).toEqual(expected);
  });

  it("stays exact through many rounds of embedding again and closing the gaps", async () => {
    const stored = conversation(200);
    for (let round = 0; round < 6; round += 1) {
      const vectors = clusteredVectors({ count: 200, dimension: 40, clusters: 5, seed: round });
      embed(stored, vectors);
      await engine.maintain();
      const query = vectors[round] as Float32Array;
      expect(await found(query)).toEqual(nearest(query, byMessage(stored, vectors)));
      const cosines = await engine.similarities({
        owner: "ann",
        model: MODEL,
        vector: query,
        messages: stored.messages,
      });
      expect(cosines.size).toBe(200);
      expect(cosines.get(stored.messages[round] ?? 0)).toBeCloseTo(1, 2);
    }
  });
});

function passesConversation(
  filter: MessageFilter,
  draft: Omit<Required<WorldConversation>, "messages" | "owner" | "id">,
): boolean {
  const inside = (folder: string) =>
    folder === "/" || draft.folder === folder || draft.folder.startsWith(`${folder}/`);
  return [
    inside(filter.folder ?? "/"),
    !(filter.excludedFolders ?? []).some(inside),
    filter.labels?.includes(draft.label) ?? true,
    draft.label.toLowerCase().includes((filter.labelContains ?? "").toLowerCase()),
    (filter.tags ?? []).every((tag) => draft.tags.includes(tag)),
    filter.statuses?.includes(draft.status) ?? true,
    (filter.pinned ?? draft.pinned) === draft.pinned,
    draft.importanceScore >= (filter.minImportance ?? 0),
    draft.importanceScore <= (filter.maxImportance ?? 99),
    (filter.sessionId ?? draft.sessionId) === draft.sessionId,
    draft.updatedAt >= (filter.updatedSince ?? 0),
    draft.updatedAt <= (filter.updatedUntil ?? 99),
  ].every(Boolean);
}

function passesMessage(filter: MessageFilter, at: number): boolean {
  const role = ["user", "assistant", "tool"][at % 3] ?? "";
  return (
    (filter.roles?.includes(role) ?? true) &&
    at >= (filter.since ?? 0) &&
    at <= (filter.until ?? 99)
  );
}
