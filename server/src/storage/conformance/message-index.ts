import fc from "fast-check";
import { describe, expect } from "vitest";
import type { MessageFilter } from "../../core/conversations/conversation.ts";
import type { TextQuery } from "../../core/ports/message-index.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

interface Asked {
  query: TextQuery;
  filter?: MessageFilter;
  limit?: number;
  owner?: string;
}

/** The texts found, best first. */
async function found(
  { index }: OpenStores,
  { query, filter = {}, limit = 50, owner = "o" }: Asked,
) {
  const { hits } = await index.searchText(owner, query, { filter, limit });
  const messages = await index.hydrate(
    owner,
    hits.map((hit) => hit.message),
  );
  return messages.map((entry) => entry.message.content);
}

const words = (...list: string[]): TextQuery => ({ kind: "words", words: list });
const expression = (text: string): TextQuery => ({ kind: "expression", expression: text });

async function store({ conversations }: OpenStores, ...texts: string[]): Promise<void> {
  await conversations.create("o", conversationDraft({ messages: texts.map((text) => turn(text)) }));
}

/** What every MessageIndex must do. */
export function describeMessageIndex(name: string, open: StoresFactory): void {
  describe(`${name} as a MessageIndex`, () => {
    describeWords(open);
    describeExpressions(open);
    describeUnspacedScripts(open);
    describeHostileQueries(open);
    describeMessageFilters(open);
    describeTurns(open);
    describeRankingFacts(open);
  });
}

function describeWords(open: StoresFactory): void {
  const check = testWith(open);
  check(
    "words are found by their stem, without case or accents, in text and speaker",
    async (stores) => {
      await store(stores, "She was Running", "Crème brûlée", "nothing");
      await stores.conversations.create(
        "o",
        conversationDraft({ messages: [turn("hi", { name: "Zoë" })] }),
      );
      expect(await found(stores, { query: words("runs") })).toEqual(["She was Running"]);
      expect(await found(stores, { query: words("CREME") })).toEqual(["Crème brûlée"]);
      expect(await found(stores, { query: words("zoe") })).toEqual(["hi"]);
      expect(await found(stores, { query: words("absent") })).toEqual([]);
    },
  );
  check(
    "any word counts, rarer and more of them rank higher, shorter texts first",
    async (stores) => {
      await store(
        stores,
        "cat",
        "cat with a long tail of other things to say",
        "cat dog",
        "bird",
        "cat bird",
      );
      const [best] = await found(stores, { query: words("cat", "dog") });
      expect(best).toBe("cat dog");
      const ranked = await found(stores, { query: words("cat") });
      expect(ranked).toHaveLength(4);
      expect(ranked[0]).toBe("cat");
      expect(ranked.at(-1)).toContain("long tail");
      const { hits, total } = await stores.index.searchText("o", words("cat"), {
        filter: {},
        limit: 2,
      });
      expect(hits).toHaveLength(2);
      expect(total).toBe(4);
      expect(hits[0]?.score ?? 0).toBeGreaterThanOrEqual(hits[1]?.score ?? 0);
    },
  );
}

function describeExpressions(open: StoresFactory): void {
  const check = testWith(open);
  const texts = ["red apple pie", "green apple", "red wine", "apple red", "dog-friendly C++ hotel"];
  const cases: [string, string[]][] = [
    ['"red apple"', ["red apple pie"]],
    ["apple NOT green", ["apple red", "red apple pie"]],
    ["wine OR green", ["green apple", "red wine"]],
    ["(wine OR pie) AND red", ["red apple pie", "red wine"]],
    ["red (wine OR pie)", ["red apple pie", "red wine"]],
    ["appl* pi*", ["red apple pie"]],
    ['"gre"*', ["green apple"]],
    ["dog-friendly", ["dog-friendly C++ hotel"]],
    ["C++", ["dog-friendly C++ hotel"]],
    // Not expressions: searched as words.
    ['"wine', ["red wine"]],
    ["wine AND", ["red wine"]],
    ["wine)) OR ((green", ["green apple", "red wine"]],
    ["", []],
    ['"" * ()', []],
  ];
  check(
    "operators, phrases, prefixes and brackets mean what they say; anything else is words",
    async (stores) => {
      await store(stores, ...texts);
      for (const [text, expected] of cases) {
        expect((await found(stores, { query: expression(text) })).sort(), text).toEqual(expected);
      }
    },
  );
}

function describeUnspacedScripts(open: StoresFactory): void {
  const check = testWith(open);
  const texts = [
    "我们明天去东京旅行吧",
    "カタカナとひらがなの文章です",
    "ฉันรักภาษาไทยมาก",
    "한국어를공부하고있습니다",
    "Tokyo東京Station",
  ];
  check("scripts without spaces are found by any piece of 1 to 6 characters", async (stores) => {
    await store(stores, ...texts, "unrelated words", "无关");
    for (const text of texts) {
      const characters = [...text];
      for (let size = 1; size <= 6; size += 1) {
        for (let start = 0; start + size <= characters.length; start += 2) {
          const piece = characters.slice(start, start + size).join("");
          if (/^[A-Za-z]+$/u.test(piece)) continue;
          expect(await found(stores, { query: words(piece) }), piece).toContain(text);
          expect(await found(stores, { query: expression(piece) }), piece).toContain(text);
        }
      }
    }
  });
  check(
    "a word of both scripts is found by either part, and deleting takes it out",
    async (stores) => {
      const { conversation } = await stores.conversations.create(
        "o",
        conversationDraft({ messages: [turn("Tokyo 東京 駅前")] }),
      );
      expect(await found(stores, { query: words("tokyo大阪") })).toHaveLength(1);
      expect(await found(stores, { query: words("kyoto東京") })).toHaveLength(1);
      await stores.conversations.delete("o", [conversation.id]);
      expect(await found(stores, { query: words("東京", "駅前", "東") })).toEqual([]);
    },
  );
}

const SYNTAX = [
  "owner",
  "name",
  "content",
  "{",
  "}",
  "(",
  ")",
  ":",
  "^",
  "-",
  "+",
  "*",
  '"',
  ",",
  "NEAR",
  "NEAR(",
  "AND",
  "OR",
  "NOT",
  "bob",
  "ada",
  "secret",
  "o616461",
  "\0",
  "'",
  ";",
  "5",
  "東京",
];

function describeHostileQueries(open: StoresFactory): void {
  const check = testWith(open);
  check(
    "no expression reaches another owner's rows, fails, or searches the owner itself",
    async (stores) => {
      for (const owner of ["ada", "bob"]) {
        const messages = [turn("secret plan", { name: owner }), turn("東京 secret")];
        await stores.conversations.create(owner, conversationDraft({ messages }));
      }
      const text = fc
        .array(fc.constantFrom(...SYNTAX), { maxLength: 14 })
        .chain((parts) => fc.constantFrom(parts.join(" "), parts.join("")));
      const { hits } = await stores.index.searchText("ada", words("secret"), {
        filter: {},
        limit: 9,
      });
      const own = new Set(hits.map((hit) => hit.message));
      expect(own.size).toBe(2);
      await fc.assert(
        fc.asyncProperty(fc.oneof(text, fc.string({ unit: "binary" })), async (given) => {
          for (const query of [expression(given), words(given), words(...given.split(" "))]) {
            const { hits: reached } = await stores.index.searchText("ada", query, {
              filter: {},
              limit: 99,
            });
            expect(reached.every((hit) => own.has(hit.message))).toBe(true);
          }
        }),
        {
          numRuns: 300,
          examples: [
            ["secret)) OR (({name} : bob"],
            ["x) OR (owner : bob"],
            ['" OR owner:bob OR "'],
            ["- owner : x"],
          ],
        },
      );
      expect(await found(stores, { query: expression("ada"), owner: "ada" })).toEqual([
        "secret plan",
      ]);
    },
  );
  check("very long queries answer", async (stores) => {
    await store(stores, "needle in hay", "東京タワー");
    const many = Array.from({ length: 2000 }, (_, number) => `filler${number}`);
    expect(await found(stores, { query: words("needle", ...many) })).toEqual(["needle in hay"]);
    expect(await found(stores, { query: expression(`needle ${many.join(" ")}`) })).toEqual([
      "needle in hay",
    ]);
    for (const text of [
      "a".repeat(10_000),
      "(".repeat(10_000),
      '"'.repeat(9_999),
      "NOT ".repeat(2_500),
      "東".repeat(10_000),
      "🎉".repeat(5_000),
    ]) {
      const { total } = await stores.index.searchText("o", expression(text), {
        filter: {},
        limit: 5,
      });
      expect(total).toBeGreaterThanOrEqual(0);
    }
  });
}

function describeMessageFilters(open: StoresFactory): void {
  testWith(open)("roles and times narrow hits and briefs alike", async (stores) => {
    const messages = ["user", "assistant", "tool"].map((role, number) =>
      turn(`word ${role}`, { role, timestamp: number * 10 }),
    );
    await stores.conversations.create("o", conversationDraft({ messages, status: "archived" }));
    await stores.conversations.create(
      "o",
      conversationDraft({ messages: [turn("word other", { timestamp: 99 })] }),
    );
    const cases: [MessageFilter, number][] = [
      [{ roles: ["user"] }, 2],
      [{ roles: [] }, 0],
      [{ since: 10 }, 3],
      [{ until: 10 }, 2],
      [{ since: 10, until: 10 }, 1],
      [{ statuses: ["active"] }, 1],
      [{ statuses: ["active", "archived"] }, 4],
      [{ statuses: ["archived"], roles: ["tool"], since: 20 }, 1],
    ];
    const all = await stores.index.searchText("o", words("word"), { filter: {}, limit: 9 });
    const sequences = all.hits.map((hit) => hit.message);
    for (const [filter, count] of cases) {
      const { hits, total } = await stores.index.searchText("o", words("word"), {
        filter,
        limit: 9,
      });
      expect([hits.length, total]).toEqual([count, count]);
      expect(await stores.index.briefs("o", sequences, filter)).toHaveLength(count);
      expect(
        (await stores.index.searchText("o", expression("word"), { filter, limit: 9 })).total,
      ).toBe(count);
    }
  });
}

function describeTurns(open: StoresFactory): void {
  testWith(open)(
    "neighbours, surroundings and full messages come from the hit's own conversation",
    async (stores) => {
      const { conversations, index } = stores;
      const texts = ["zero", "one", "two", "three", "four"];
      await store(stores, ...texts);
      await store(stores, "elsewhere");
      const { hits } = await index.searchText("o", words("two"), { filter: {}, limit: 1 });
      const hit = hits[0]?.message ?? 0;
      const near = await index.neighbours("o", [hit, hit], 1);
      expect(near.map((brief) => brief.position).sort()).toEqual([1, 2, 3]);
      expect((await index.around("o", hit, 2)).map((message) => message.content)).toEqual([
        "zero",
        "one",
        "three",
        "four",
      ]);
      expect(await index.around("o", 999_999, 2)).toEqual([]);
      const [found] = await index.hydrate("o", [hit]);
      const after = (await index.around("o", hit, 1)).at(-1)?.id ?? "";
      const ids = [found?.message.id ?? "", after, "unknown"];
      const turns = await conversations.turnsAround("o", ids, 1);
      expect(turns.map((message) => message.content).sort()).toEqual(texts.slice(1).sort());
      expect(turns).toContainEqual(found?.message);
      const [brief] = await index.briefs("o", [hit, 999_999], {});
      expect(brief).toMatchObject({
        message: hit,
        position: 2,
        role: "user",
        name: null,
        length: 3,
      });
      const full = await index.hydrate("o", [999_999, near[0]?.message ?? 0, hit]);
      expect(full.map((entry) => entry.sequence)).toEqual([near[0]?.message, hit]);
      expect(full[1]?.conversation).toEqual(
        await conversations.get("o", full[1]?.conversation.id ?? ""),
      );
      expect(await index.hydrate("o", [])).toEqual([]);
    },
  );
}

function describeRankingFacts(open: StoresFactory): void {
  testWith(open)(
    "candidates, word statistics and speakers say what ranking needs",
    async (stores) => {
      const { index, conversations } = stores;
      const messages = ["Ada", "Bob", null].map((name, number) =>
        turn(`pear ${number}`, {
          name,
          timestamp: number,
          role: number === 1 ? "assistant" : "user",
        }),
      );
      await conversations.create("o", conversationDraft({ messages }));
      await conversations.create(
        "o",
        conversationDraft({ messages: [turn("plum", { name: "Ada" })] }),
      );
      const query: TextQuery = { kind: "expression", expression: '"pear 0"' };
      const { hits } = await index.searchText("o", query, { filter: {}, limit: 1 });
      const sequences = hits.map((hit) => hit.message);
      const asked = {
        hits: [...sequences, 999_999],
        withText: sequences,
        expand: sequences,
        radius: 2,
        filter: {},
      };
      const near = await index.candidates("o", asked);
      const texts = near.sort((a, b) => a.position - b.position).map((candidate) => candidate.text);
      expect(texts).toEqual(["pear 0", null, null]);
      const filter = { roles: ["user"], until: 1 };
      expect(await index.candidates("o", { ...asked, filter })).toHaveLength(1);
      expect(await index.candidates("p", asked)).toEqual([]);
      const words: TextQuery = { kind: "words", words: ["pears", "absent", "__proto__"] };
      const { statistics } = await index.searchText("o", words, { filter: {}, limit: 1 });
      expect(statistics.messages).toBe(4);
      expect(Object.entries(statistics.frequencies)).toEqual([
        ["pears", 3],
        ["absent", 0],
        ["__proto__", 0],
      ]);
      expect(await index.speakers("o")).toEqual(["Ada", "Bob"]);
      expect(await index.speakers("p")).toEqual([]);
    },
  );
}
