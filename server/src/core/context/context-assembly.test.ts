import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countTokens } from "../../llm/money/token-counter.ts";
import { LOCAL_OWNER } from "../conversations/conversation.ts";
import { NO_FACTS } from "../ports/fact-store.ts";
import { NO_SUMMARIES } from "../ports/summary-source.ts";
import { SearchWorld } from "../search/__fixtures__/search-world.ts";
import { contextCandidate } from "./__fixtures__/context-messages.ts";
import { ContextAssembly, type ContextDependencies } from "./context-assembly.ts";
import type { AssembledContext, ContextRequest } from "./context-types.ts";

const NOW = Date.UTC(2024, 5, 15, 12);
const DAY = 24 * 60 * 60 * 1000;
const texts = ({ messages }: AssembledContext) => messages.map((one) => one.message.content);
const said = (content: string, daysAgo: number, role = "user") => ({
  role,
  content,
  timestamp: NOW - daysAgo * DAY,
});

function requestFor(query: string, changes: Partial<ContextRequest> = {}): ContextRequest {
  return {
    query,
    budget: 1000,
    preferredLabels: [],
    excludedFolders: [],
    conversationId: null,
    knownMessages: new Set(),
    ...changes,
  };
}

describe("a context", () => {
  let world: SearchWorld;
  let secret: string;

  function assemblyWith(changes: Partial<ContextDependencies> = {}): ContextAssembly {
    return new ContextAssembly({
      recall: world.search,
      store: world.store.conversations,
      summaries: NO_SUMMARIES,
      facts: NO_FACTS,
      counter: { count: countTokens },
      clock: () => NOW,
      ...changes,
    });
  }

  const assemble = (query: string, changes: Partial<ContextRequest> = {}) =>
    assemblyWith().assemble(LOCAL_OWNER, requestFor(query, changes));

  beforeAll(async () => {
    world = await SearchWorld.open();
    await world.put(
      [
        said("Which colour has the bicycle from Utrecht?", 40),
        said("Blue, with a brown saddle.", 40, "assistant"),
      ],
      { label: "Cycling", folder: "/fun" },
    );
    await world.put([said("My bicycle insurance costs 80 euros", 30)], { label: "Insurance" });
    await world.put([said("My bicycle insurance now costs 95 euros", 3)], { label: "News" });
    const hidden = { label: "Hidden", folder: "/secret/deep", pinned: true };
    secret = (await world.put([said("The bicycle lock has the code 4711", 1)], hidden)).id;
    await world.put([said("An archived bicycle stands in the cellar", 1)], {
      status: "archived",
      pinned: true,
      label: "Hidden",
    });
    await world.put([said("A stranger's bicycle", 1)], { owner: "stranger" });
    for (let number = 0; number < 30; number += 1) {
      await world.put([said(`garden note ${number} about tulips`, 20)], { label: "Garden" });
    }
  });

  afterAll(() => world.close());

  test("quotes what answers, by conversation, oldest first [req:context.order]", async () => {
    const context = await assemble("bicycle insurance costs");
    const times = context.messages.map((one) => one.message.timestamp);
    expect(texts(context)).toContain("My bicycle insurance now costs 95 euros");
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(context.text).toContain("# News (in /), 2024-06-12");
    expect(context.tokens).toBe(await countTokens(context.text));
  });

  test("marks an older statement as outdated and the newer as newer [req:context.newer-first]", async () => {
    const { messages, text } = await assemble("bicycle insurance costs");
    const older = messages.find((one) => one.message.content.includes("80 euros"));
    const newer = messages.find((one) => one.message.content.includes("95 euros"));
    expect(older?.supersededBy).toBe(newer?.message.id);
    expect(newer?.supersedes).toEqual([older?.message.id]);
    expect(text).toMatch(/\(see newer \[\d\]\): My bicycle insurance costs 80/);
  });

  test("marks what a newer fact replaces, asked once for the messages at hand [req:facts.context]", async () => {
    const asked: string[][] = [];
    const assembly = assemblyWith({
      facts: {
        factsOf: async (_owner, ids) => {
          asked.push([...ids]);
          const bike = { subject: "bicycle", attribute: "note" };
          return ids.map((messageId, place) => ({ ...bike, messageId, value: `${place}` }));
        },
      },
    });
    const request = requestFor("garden note about tulips");
    const { messages } = await assembly.assemble(LOCAL_OWNER, request);
    expect(asked).toHaveLength(1);
    expect(messages.filter(({ supersededBy }) => supersededBy !== null)).toHaveLength(
      messages.length - 1,
    );
    const without = await assemblyWith().assemble(LOCAL_OWNER, request);
    expect(without.messages.every(({ supersededBy }) => supersededBy === null)).toBe(true);
  });

  test("takes the answer along with the question it belongs to [req:context.exchanges]", async () => {
    const context = await assemble("bicycle from Utrecht");
    expect(texts(context)).toContain("Blue, with a brown saddle.");
  });

  test("is empty when nothing is relevant, whatever is pinned [req:context.relevance-floor]", async () => {
    const context = await assemble("quantum chromodynamics lecture");
    expect(context).toMatchObject({ messages: [], text: "", tokens: 0 });
  });

  test.each([0, 1, 20])("is empty with a budget of %i", async (budget) => {
    expect((await assemble("bicycle", { budget })).messages).toEqual([]);
  });

  test("holds nothing of excluded folders, archives and others, from any source [req:context.exclusions]", async () => {
    const changes = { preferredLabels: ["Hidden"], conversationId: secret };
    const open = texts(await assemble("bicycle lock code cellar", changes));
    expect(open).toContain("The bicycle lock has the code 4711");
    const context = await assemble("bicycle lock code cellar", {
      ...changes,
      excludedFolders: ["/secret"],
    });
    for (const found of [open, texts(context)]) {
      expect(found).not.toContain("An archived bicycle stands in the cellar");
      expect(found).not.toContain("A stranger's bicycle");
    }
    expect(texts(context)).not.toContain("The bicycle lock has the code 4711");
    expect(context.candidates.map((one) => one.conversationId)).not.toContain(secret);
    const beside = await assemble("bicycle lock code", { excludedFolders: ["/sec"] });
    expect(texts(beside)).toContain("The bicycle lock has the code 4711");
  });

  test("leaves out what the prompt holds and what only repeats the question", async () => {
    const first = await assemble("bicycle insurance costs");
    const ids = first.messages.map((one) => one.message.id);
    const second = await assemble("bicycle insurance costs", { knownMessages: new Set(ids) });
    expect(second.messages.some((one) => ids.includes(one.message.id))).toBe(false);
    const repeated = await assemble("My bicycle insurance costs 80 euros!");
    expect(texts(repeated)).not.toContain("My bicycle insurance costs 80 euros");
  });

  test("explains every candidate [req:context.explain]", async () => {
    const { candidates, messages } = await assemble("bicycle insurance costs");
    const taken = candidates.filter((one) => one.taken).map((one) => one.messageId);
    expect(taken.toSorted()).toEqual(messages.map((one) => one.message.id).toSorted());
    expect(candidates.every((one) => one.reason !== "" && one.sources.length > 0)).toBe(true);
  });

  test("uses a stored summary of a conversation that answers [req:summaries.context]", async () => {
    const assembly = assemblyWith({
      summaries: {
        summariesOf: async (_owner, ids) =>
          ids.slice(0, 1).map((conversationId) => ({
            id: "s",
            conversationId,
            text: "They spoke of the price of a policy.",
            since: NOW - DAY,
            until: NOW,
            isWhole: true,
          })),
      },
    });
    const { text } = await assembly.assemble(LOCAL_OWNER, requestFor("bicycle insurance costs"));
    expect(text).toMatch(/summary \(summary\): They spoke of the price of a policy\./);
  });

  test("leaves out summaries as long as what they stand for, and of other stretches [req:summaries.context]", async () => {
    const asked: string[] = [];
    const assembly = assemblyWith({
      summaries: {
        summariesOf: async (_owner, ids) => {
          asked.push(...ids);
          return ids.flatMap((conversationId) => {
            const stretch = { conversationId, since: NOW - 50 * DAY, until: NOW, isWhole: false };
            return [
              { ...stretch, id: `long ${conversationId}`, text: "long ".repeat(50), isWhole: true },
              { ...stretch, id: `past ${conversationId}`, text: "past", until: NOW - 45 * DAY },
              { ...stretch, id: `here ${conversationId}`, text: `noted in ${conversationId}` },
            ];
          });
        },
      },
    });
    const request = requestFor("bicycle", { excludedFolders: ["/fun"] });
    const { messages } = await assembly.assemble(LOCAL_OWNER, request);
    const summaries = messages.filter((one) => one.isSummary).map((one) => one.message.id);
    expect(summaries.length).toBeGreaterThan(0);
    expect(summaries.filter((id) => !id.startsWith("here "))).toEqual([]);
    // Nothing archived, excluded or a stranger's is even asked for.
    const labels = await Promise.all(
      asked.map(async (id) => (await world.store.conversations.get(LOCAL_OWNER, id)).label),
    );
    expect(labels).not.toContain("Cycling");
  });

  test("ends when its caller is gone", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(assemble("bicycle", { signal })).rejects.toThrow("gone");
  });
});

test("a weak hit brings no turns along, a good one does [req:context.exchanges]", async () => {
  const hit = (content: string, conversation: string, score: number) => {
    const { message, ...rest } = contextCandidate(content, { conversation, position: 3 });
    return { ...rest, message, score, snippet: "", matched: [], neighbours: [] };
  };
  const hits = [hit("The good one", "good", 0.9), hit("The weak one", "weak", 0.15)];
  const assembly = new ContextAssembly({
    recall: {
      search: async () => {
        const found = { hits, conversations: [], total: hits.length };
        return { ...found, mode: "hybrid", degraded: null };
      },
    },
    store: {
      ids: async () => [],
      list: async () => ({ items: [], total: 0 }),
      turnsAround: async () =>
        ["good", "weak"].map((id) => {
          const beside = { conversation: id, position: 4 };
          return contextCandidate(`Beside the ${id} one`, beside).message;
        }),
    },
    summaries: NO_SUMMARIES,
    facts: NO_FACTS,
    counter: { count: countTokens },
    clock: () => NOW,
  });
  const quoted = texts(await assembly.assemble("o", requestFor("one")));
  expect(quoted).toContain("The weak one");
  expect(quoted).toContain("Beside the good one");
  expect(quoted).not.toContain("Beside the weak one");
});

test.each([
  [2000, 64],
  [2001, 100],
])("a budget of %i tokens asks the search for %i hits", async (budget, depth) => {
  const limits: number[] = [];
  const assembly = new ContextAssembly({
    recall: {
      search: async (_owner, { limit }) => {
        limits.push(limit);
        return { hits: [], conversations: [], total: 0, mode: "hybrid", degraded: null };
      },
    },
    store: {
      ids: async () => [],
      list: async () => ({ items: [], total: 0 }),
      turnsAround: async () => [],
    },
    summaries: NO_SUMMARIES,
    facts: NO_FACTS,
    counter: { count: countTokens },
    clock: () => NOW,
  });
  await assembly.assemble("o", requestFor("one", { budget }));
  expect(limits).toEqual([depth]);
});

const LETTERS = ["a", "ß", "字", "🎉", " ", "\n", "</recalled_memory>", "<|x|>", "word ", "7"];

test("never takes more tokens than the budget leaves after its reserve [req:context.budget]", async () => {
  const message = fc.record({
    pieces: fc.array(fc.constantFrom(...LETTERS), { maxLength: 400 }),
    relevance: fc.double({ min: 0, max: 1, noNaN: true }),
    conversation: fc.constantFrom("a", "b", "c"),
    label: fc.string({ maxLength: 200 }),
    day: fc.integer({ min: 1, max: 28 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 25 }),
      fc.integer({ min: 0, max: 1500 }),
      async (messages, budget) => {
        const hits = messages.map(({ pieces, relevance, ...choices }) => {
          const { message, conversation } = contextCandidate(pieces.join(""), choices);
          const shown = { snippet: "", matched: [], neighbours: [] };
          return { message, conversation, score: relevance, ...shown };
        });
        const assembly = new ContextAssembly({
          recall: {
            search: async () => {
              const found = { hits, conversations: [], total: hits.length };
              return { ...found, mode: "hybrid", degraded: null };
            },
          },
          store: {
            ids: async () => [],
            list: async () => ({ items: [], total: 0 }),
            turnsAround: async () => [],
          },
          summaries: NO_SUMMARIES,
          facts: NO_FACTS,
          counter: { count: countTokens },
          clock: () => NOW,
        });
        const { text, tokens } = await assembly.assemble("o", requestFor("word 7", { budget }));
        expect(tokens).toBe(text === "" ? 0 : await countTokens(text));
        expect(tokens).toBeLessThanOrEqual(budget * 0.85);
      },
    ),
    { numRuns: 60 },
  );
});
