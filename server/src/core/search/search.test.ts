import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LOCAL_OWNER } from "../conversations/conversation.ts";
import type { VectorStore } from "../ports/vector-store.ts";
import { request, SearchWorld } from "./__fixtures__/search-world.ts";
import type { SearchMode, SearchResult } from "./search-types.ts";

const MODES: SearchMode[] = ["hybrid", "semantic", "keyword"];
const texts = ({ hits }: SearchResult) => hits.map((hit) => hit.message.content);

let world: SearchWorld;

beforeAll(async () => {
  world = await SearchWorld.open();
  await world.put(["I bought a blue bicycle", "Nice! Which brand?", "A Gazelle from Utrecht"], {
    label: "Cycling",
    folder: "/fun",
  });
  await world.put(["My bicycle needs oil", "Use chain oil"], { label: "Repairs", folder: "/home" });
  await world.put(["我喜欢吃苹果", "สวัสดีครับ ผมชอบกาแฟ", "C++ beats C?", "🎉 party at noon"]);
  await world.put(["secret bicycle of somebody else"], { owner: "stranger" });
  await world.put(["archived bicycle"], { status: "archived" });
  for (let number = 0; number < 30; number += 1) {
    await world.put([`garden note ${number}: ${"tulip ".repeat((number % 7) + 1)}`]);
  }
});

afterAll(() => world.close());

beforeEach(() => {
  world.model.trouble = null;
});

describe.each(MODES)("a %s search", (mode) => {
  test("finds what was said, best first, with scores from 0 to 1", async () => {
    const result = await world.ask("blue bicycle", { mode });
    expect(texts(result)[0]).toBe("I bought a blue bicycle");
    expect(result).toMatchObject({ mode, degraded: null, conversations: [] });
    const scores = result.hits.map((hit) => hit.score);
    expect(scores).toEqual(scores.toSorted((left, right) => right - left));
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
  });

  test("has pages that join to one long page, with the same total", async () => {
    const whole = await world.ask("tulip garden", { mode, limit: 28 });
    const pages = await Promise.all(
      [0, 7, 14, 21].map((offset) => world.ask("tulip garden", { mode, limit: 7, offset })),
    );
    expect(pages.flatMap(texts)).toEqual(texts(whole));
    expect(pages.map((page) => page.total)).toEqual(pages.map(() => whole.total));
    expect(whole.total).toBeGreaterThanOrEqual(30);
  });

  test("is empty beyond its end", async () => {
    const result = await world.ask("tulip", { mode, offset: 10_000 });
    expect(result.hits).toEqual([]);
  });

  test("shows nobody else's messages and nothing archived", async () => {
    const found = texts(await world.ask("bicycle", { mode, limit: 100 }));
    expect(found).not.toContain("secret bicycle of somebody else");
    expect(found).not.toContain("archived bicycle");
  });

  test("leaves out what scores below the minimum", async () => {
    const all = await world.ask("blue bicycle", { mode });
    const minScore = all.hits[0]?.score ?? 1;
    const few = await world.ask("blue bicycle", { mode, minScore });
    expect(few.hits).toHaveLength(1);
    expect(few.total).toBe(1);
  });

  test("keeps to the filter", async () => {
    const filter = { folder: "/home" };
    const { hits } = await world.ask("bicycle", { mode, filter });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every((hit) => hit.conversation.folder === "/home")).toBe(true);
  });

  test.each([
    "who are you",
    "???",
    "$",
    "C++",
    "🎉",
    "a(b|c)[d]*\\",
    '"NEAR(',
    "tulip ".repeat(1600),
  ])("answers %j", async (query) => {
    const { hits, total } = await world.ask(query, { mode });
    expect(total).toBeGreaterThanOrEqual(hits.length);
  });

  test("ends when its caller is gone", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(world.ask("bicycle", { mode, signal })).rejects.toThrow("gone");
  });
});

describe("hits", () => {
  test("say by what they match and mark it", async () => {
    const { hits } = await world.ask("blue bicycle", { limit: 1 });
    expect(hits[0]).toMatchObject({
      matched: ["meaning", "words"],
      snippet: "I bought a **blue** **bicycle**",
      conversation: { label: "Cycling" },
      neighbours: [],
    });
  });

  test("come with the turns around them on request", async () => {
    const { hits } = await world.ask("Gazelle brand", { limit: 1, neighbours: 1 });
    const [hit] = hits;
    const around = hit?.neighbours.map((turn) => turn.content) ?? [];
    expect(around.length).toBeGreaterThan(0);
    expect(around).not.toContain(hit?.message.content);
  });

  test.each([
    ["苹果", "我喜欢吃**苹果**"],
    ["กาแฟ", "กาแฟ"],
    ["C++", "**C**++ beats **C**?"],
  ])("are found by %s", async (query, snippet) => {
    const { hits } = await world.ask(query, { mode: "keyword", limit: 1 });
    expect(hits[0]?.snippet.replaceAll(/\*\*(?=[ก-๛])|(?<=[ก-๛])\*\*/g, "")).toContain(snippet);
  });

  test("are ranked by the date that the query names", async () => {
    const said = (content: string, iso: string) => ({
      role: "user",
      content,
      timestamp: Date.parse(iso),
    });
    await world.put([said("zeppelin tour booked", "2023-05-08T12:00:00Z")]);
    await world.put([said("zeppelin tour booked!", "2023-09-08T12:00:00Z")]);
    for (const query of ["zeppelin tour on 8 May 2023", "zeppelin tour in May 2023"]) {
      expect(texts(await world.ask(query))[0]).toBe("zeppelin tour booked");
    }
  });

  test("of the speaker that the query names come first", async () => {
    const by = (name: string) => ({ role: name, name, content: "I play the marimba" });
    await world.put([by("Ann")]);
    await world.put([by("Tom")]);
    const search = world.searchWith({});
    const { hits } = await search.search(LOCAL_OWNER, request("does Tom play the marimba"));
    expect(hits[0]?.message.name).toBe("Tom");
  });
});

describe("conversations", () => {
  test("are ranked by their messages, each once, with their best", async () => {
    const result = await world.ask("bicycle oil", { groupByConversation: true, limit: 100 });
    const labels = result.conversations.map(({ conversation }) => conversation.label);
    expect(labels[0]).toBe("Repairs");
    expect(new Set(result.conversations.map(({ conversation }) => conversation.id)).size).toBe(
      labels.length,
    );
    expect(result.total).toBe(labels.length);
    expect(result.hits).toEqual(result.conversations.flatMap(({ hits }) => hits));
    for (const { conversation, hits, score } of result.conversations) {
      expect(hits.every((hit) => hit.conversation.id === conversation.id)).toBe(true);
      expect(hits.length).toBeLessThanOrEqual(3);
      expect(score).toBeGreaterThanOrEqual(0);
    }
  });

  test("have pages that join to one long page", async () => {
    const ask = (limit: number, offset: number) =>
      world.ask("tulip garden", { groupByConversation: true, limit, offset });
    const whole = await ask(20, 0);
    const pages = await Promise.all([ask(10, 0), ask(10, 10)]);
    expect(pages.flatMap((page) => page.conversations)).toEqual(whole.conversations);
  });

  test("keep their scores when one is deleted while the search goes on", async () => {
    const { index } = world.store;
    const search = world.searchWith({
      index: {
        ...index,
        hydrate: async (owner, messages) => index.hydrate(owner, messages.slice(1)),
      },
    });
    const asked = request("bicycle oil", { groupByConversation: true, mode: "keyword" });
    const before = await world.search.search(LOCAL_OWNER, asked);
    const { conversations } = await search.search(LOCAL_OWNER, asked);
    for (const found of conversations) {
      const same = before.conversations.find(
        ({ conversation }) => conversation.id === found.conversation.id,
      );
      expect(found.score).toBe(same?.score);
    }
    expect(conversations.length).toBeGreaterThan(0);
  });
});

describe("without the model", () => {
  test("a hybrid search answers by words when it is slow, and says so", async () => {
    world.model.trouble = "slow";
    const search = world.searchWith({ semanticTimeoutMs: 20 });
    const result = await search.search(LOCAL_OWNER, request("blue bicycle"));
    expect(texts(result)[0]).toBe("I bought a blue bicycle");
    expect(result.mode).toBe("keyword");
    expect(result.degraded).toBe(
      "Searched by words alone: the embedding model did not answer within 20 ms.",
    );
  });

  test("a hybrid search answers by words when it fails, and says why", async () => {
    world.model.trouble = new Error("the weights are gone");
    const result = await world.ask("blue bicycle");
    expect(result.mode).toBe("keyword");
    expect(result.degraded).toContain("the weights are gone");
    expect(result.hits.every((hit) => !hit.matched.includes("meaning"))).toBe(true);
  });

  test("a semantic search fails with what to do", async () => {
    world.model.trouble = new Error("the weights are gone");
    await expect(world.ask("bicycle", { mode: "semantic" })).rejects.toMatchObject({
      code: "embedding_unavailable",
      message: expect.stringMatching(/the weights are gone.*mode "hybrid" or "keyword"/),
    });
  });

  test("a keyword search notices nothing", async () => {
    world.model.trouble = new Error("the weights are gone");
    expect(await world.ask("bicycle", { mode: "keyword" })).toMatchObject({ degraded: null });
  });

  test("an abort of the caller is no reason to answer by words", async () => {
    world.model.trouble = "slow";
    const caller = new AbortController();
    const answer = world.ask("bicycle", { signal: caller.signal });
    caller.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
  });
});

describe("with vectors in trouble", () => {
  const broken = (changes: Partial<VectorStore>): VectorStore => ({
    add: () => world.vectors.add(),
    remove: (owner, conversations) => world.vectors.remove(owner, conversations),
    search: (owner, query) => world.vectors.search(owner, query),
    similarities: (owner, query, messages) => world.vectors.similarities(owner, query, messages),
    collections: (owner) => world.vectors.collections(owner),
    check: () => world.vectors.check(),
    close: async () => undefined,
    ...changes,
  });

  test("hits of rows that are gone, foreign or archived are never shown", async () => {
    const hit = { conversation: 1, chunk: 0, start: 0, end: 1, similarity: 1 };
    const everything = Array.from({ length: 60 }, (_, index) => ({ ...hit, message: index + 1 }));
    const vectors = broken({ search: async () => [...everything, { ...hit, message: 999_999 }] });
    const search = world.searchWith({ vectors });
    const { hits } = await search.search(
      LOCAL_OWNER,
      request("bicycle", { mode: "semantic", limit: 100 }),
    );
    const found = hits.map((one) => one.message.content);
    expect(found).toContain("I bought a blue bicycle");
    expect(found).not.toContain("secret bicycle of somebody else");
    expect(found).not.toContain("archived bicycle");
  });

  test("a search that cannot look neighbours up ranks without and says so", async () => {
    const vectors = broken({
      search: (owner, query) => world.vectors.search(owner, { ...query, limit: 1 }),
      similarities: () => Promise.reject(new Error("no vectors now.")),
    });
    const result = await world.searchWith({ vectors }).search(LOCAL_OWNER, request("blue bicycle"));
    expect(texts(result)[0]).toBe("I bought a blue bicycle");
    expect(result).toMatchObject({
      mode: "hybrid",
      degraded: "Ranked in part by words alone: no vectors now.",
    });
  });

  test("a search whose vectors fail answers by words", async () => {
    const vectors = broken({ search: () => Promise.reject(new Error("no vectors now.")) });
    const result = await world.searchWith({ vectors }).search(LOCAL_OWNER, request("blue bicycle"));
    expect(result).toMatchObject({
      mode: "keyword",
      degraded: "Searched by words alone: no vectors now.",
    });
  });
});

describe("full-text search", () => {
  const ask = (query: string, changes = {}) =>
    world.search.searchText(LOCAL_OWNER, { query, filter: {}, limit: 10, offset: 0, ...changes });

  test("understands expressions and counts ranks on over the pages", async () => {
    const { hits, total } = await ask("tulip AND garden", { limit: 5, offset: 5 });
    expect(hits.map((hit) => hit.rank)).toEqual([6, 7, 8, 9, 10]);
    expect(total).toBe(30);
    expect(hits.every((hit) => hit.score >= 0 && hit.score <= 1)).toBe(true);
    expect(hits[0]?.snippet).toContain("**tulip**");
  });

  test.each(['"unclosed', "AND AND", "NEAR(", "*", "a:b", "???"])(
    "never fails on %j",
    async (query) => {
      expect((await ask(query)).total).toBeGreaterThanOrEqual(0);
    },
  );
});
