import { describe, expect, test } from "vitest";
import type { Conversation, ConversationPatch, Message } from "../conversations/conversation.ts";
import { SekhaError } from "../errors.ts";
import { fakeLanguageTasks } from "../ports/__fixtures__/fake-language-tasks.ts";
import type { LabelProposal } from "../ports/language-tasks.ts";
import type { RankedConversation, SearchRequest, SearchResult } from "../search/search-types.ts";
import { LabelSuggestions } from "./label-suggestions.ts";

interface Stored {
  id: string;
  label: string;
  said: string[];
  /** To everything that is asked. */
  nearness?: number;
}

interface World {
  stored: Stored[];
  proposals?: LabelProposal[];
  method?: "model" | "rules";
  fails?: boolean;
  degraded?: string;
}

const signal = new AbortController().signal;
const messagesOf = (said: readonly string[]) =>
  said.map((content, position) => ({ role: "user", content, position }) as Message);

function labelling({ stored, proposals = [], method = "model", fails, degraded }: World) {
  const updates: { id: string; patch: ConversationPatch }[] = [];
  const searches: SearchRequest[] = [];
  const asked: { text: string; existing: readonly string[] }[] = [];
  const one = (id: string) => {
    const found = stored.find((each) => each.id === id);
    if (found === undefined) throw new SekhaError("not_found", "Conversation not found");
    return found;
  };
  const labels = new LabelSuggestions({
    store: {
      get: async (_owner, id) => one(id) as unknown as Conversation,
      list: async (_owner, { label }, { limit }) => {
        const items = stored.filter((each) => each.label === label) as unknown as Conversation[];
        return { items: items.slice(0, limit), total: items.length };
      },
      messages: async (_owner, id, { offset, limit }) => {
        const items = messagesOf(one(id).said);
        return { items: items.slice(offset, offset + limit), total: items.length };
      },
      stats: async () => {
        const counts = Map.groupBy(stored, ({ label }) => label);
        const names = [...counts].map(([name, all]) => ({ name, count: all.length }));
        return { labels: names } as never;
      },
    },
    conversations: {
      update: async (_owner, id, patch) => {
        updates.push({ id, patch });
        return one(id) as unknown as Conversation;
      },
    },
    recall: {
      search: async (_owner, request) => {
        searches.push(request);
        const near = stored.filter(({ nearness }) => nearness !== undefined);
        const conversations = near.map(({ id, label, nearness }) => ({
          conversation: { id, label },
          score: nearness,
          hits: [{ score: nearness }],
        }));
        return {
          conversations: conversations as unknown as RankedConversation[],
          degraded: degraded ?? null,
        } as SearchResult;
      },
    },
    tasks: fakeLanguageTasks({
      labels: async ({ text, existing }) => {
        asked.push({ text, existing });
        if (fails === true) throw new SekhaError("providers_unavailable", "asleep");
        return { model: "small", method, labels: proposals };
      },
    }),
  });
  const suggest = (id: string, count = 5) =>
    labels.suggest("ann", { subject: { conversationId: id }, count, signal });
  const auto = (id: string, wishes: { threshold?: number; force?: boolean } = {}) =>
    labels.auto("ann", {
      ...{ conversationId: id, threshold: 0.7, force: false, count: 5, signal },
      ...wishes,
    });
  return { labels, suggest, auto, updates, searches, asked };
}

const ROSES = "How often do the roses want water in summer?";
const subject: Stored = { id: "s", label: ROSES, said: [ROSES] };
const near = (id: string, label: string, nearness = 0.9): Stored => ({
  ...{ id, label, nearness },
  said: ["Something else entirely."],
});

describe("suggested labels [req:labels.suggest]", () => {
  test("are those of the nearest conversations, surer the nearer and the more agree [req:labels.confidence]", async () => {
    const confidenceOf = async (...stored: Stored[]) => {
      const { suggestions } = await labelling({ stored: [subject, ...stored] }).suggest("s");
      return suggestions.find(({ label }) => label === "Garden")?.confidence ?? 0;
    };
    const one = await confidenceOf(near("1", "Garden"));
    const three = await confidenceOf(near("1", "Garden"), near("2", "Garden"), near("3", "Garden"));
    const distant = await confidenceOf(near("1", "Garden", 0.4));
    const split = await confidenceOf(near("1", "Garden"), near("2", "Kitchen"));
    expect(distant).toBeLessThan(split);
    expect(split).toBeLessThan(one);
    expect(one).toBeLessThan(0.7);
    expect(three).toBeGreaterThan(0.8);
    expect(three).toBeLessThan(1);
  });

  test("say what speaks for them", async () => {
    const stored = [subject, near("1", "Garden"), near("2", "Garden", 0.8), near("3", "Tax")];
    const { suggestions } = await labelling({ stored }).suggest("s");
    expect(suggestions[0]).toMatchObject({
      label: "Garden",
      isExisting: true,
      sources: ["near_conversations"],
      reason:
        "2 of the 3 nearest conversations have this label; the nearest of them is 90 % alike.",
    });
  });

  test("are never titles that nobody gave, nor the conversation's own", async () => {
    const titled = { ...near("1", "Something else entirely."), said: ["Something else entirely."] };
    const { suggestions } = await labelling({
      stored: [{ ...subject, nearness: 1 }, titled],
    }).suggest("s");
    expect(suggestions).toEqual([]);
  });

  test("are existing ones whose words are said, the surer the oftener", async () => {
    const named: Stored[] = [
      { id: "1", label: "Roses", said: ["x"] },
      { id: "2", label: "Dog food", said: ["x"] },
    ];
    const once = await labelling({ stored: [subject, ...named] }).suggest("s");
    expect(once.suggestions).toMatchObject([
      { label: "Roses", sources: ["words"], reason: "The conversation says “roses” once." },
    ]);
    const often = { ...subject, said: [ROSES, "The rose by the door?", "All roses."] };
    const { suggestions } = await labelling({ stored: [often, ...named] }).suggest("s");
    expect(suggestions[0]?.confidence).toBeGreaterThan(once.suggestions[0]?.confidence ?? 1);
  });

  test("are by word, too, never titles that nobody gave; a model is not told of those", async () => {
    const titled: Stored = { id: "1", label: "Roses?", said: ["Roses?"] };
    const given: Stored = { id: "2", label: "Water", said: ["x"] };
    const { suggest, asked } = labelling({ stored: [subject, titled, given] });
    const { suggestions } = await suggest("s");
    expect(suggestions.map(({ label }) => label)).toEqual(["Water"]);
    expect(asked[0]?.existing).toEqual(["Water"]);
  });

  test("of a model join those of the memory; new ones stay below what is applied by itself [req:labels.confidence]", async () => {
    const { suggest, asked } = labelling({
      stored: [subject, near("1", "Garden")],
      proposals: [
        { label: "Garden", confidence: 0.9, reason: "Roses." },
        { label: "Watering", confidence: 1, reason: "Water." },
      ],
    });
    const { suggestions } = await suggest("s");
    expect(asked).toEqual([{ text: `user: ${ROSES}`, existing: ["Garden"] }]);
    expect(suggestions).toMatchObject([
      { label: "Garden", isExisting: true, sources: ["near_conversations", "model"] },
      { label: "Watering", isExisting: false, sources: ["model"] },
    ]);
    expect(suggestions[0]?.reason).toContain("small proposes it: Roses.");
    expect(suggestions[0]?.confidence).toBeGreaterThan(0.7);
    expect(suggestions[1]?.confidence).toBeLessThan(0.7);
  });

  test("are keywords of little confidence where there is neither", async () => {
    const proposals = [{ label: "roses", confidence: 1, reason: "A keyword." }];
    const { suggest } = labelling({ stored: [subject], proposals, method: "rules" });
    expect((await suggest("s")).suggestions).toEqual([
      {
        ...{ label: "roses", confidence: 0.4, isExisting: false, reason: "A keyword." },
        sources: ["keywords"],
      },
    ]);
  });

  test("come without what could not be asked, and say so", async () => {
    const { suggest } = labelling({
      ...{ stored: [subject, near("1", "Garden")], fails: true, degraded: "no vectors" },
    });
    const { suggestions, degraded } = await suggest("s");
    expect(suggestions).toHaveLength(1);
    expect(degraded).toBe("no vectors; no model was asked (asleep)");
  });

  test("are no more than were asked for, for messages that are not stored too", async () => {
    const stored = ["A", "B", "C"].map((label, at) => near(String(at), label));
    const { labels, searches } = labelling({ stored });
    const messages = messagesOf(["One.", "The longest of them all.", "Last."]);
    const found = await labels.suggest("ann", { subject: { messages }, count: 2, signal });
    expect(found.suggestions).toHaveLength(2);
    expect(searches.map(({ query }) => query)).toEqual([
      "One.",
      "The longest of them all.",
      "Last.",
    ]);
    expect(searches[0]?.filter).toEqual({ statuses: ["active"] });
    const nothing = { subject: { messages: messagesOf([" "]) }, count: 2, signal };
    expect((await labels.suggest("ann", nothing)).suggestions).toEqual([]);
  });

  test("of an unknown conversation are not found", async () => {
    await expect(labelling({ stored: [] }).suggest("x")).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

test("a label that is said is found where no space separates words [req:labels.languages]", async () => {
  const talk: Stored = { id: "s", label: "x", said: ["我们决定搬到上海，房租很贵。"] };
  const { suggest } = labelling({ stored: [talk, { id: "1", label: "房租", said: ["y"] }] });
  expect((await suggest("s")).suggestions).toMatchObject([{ label: "房租", sources: ["words"] }]);
});

describe("labelling in one call [req:labels.auto]", () => {
  const agreeing = [near("1", "Garden"), near("2", "Garden"), near("3", "Garden")];

  test("applies the surest label to what has a title made of its first message", async () => {
    const { auto, updates } = labelling({ stored: [subject, ...agreeing] });
    expect(await auto("s")).toMatchObject({
      ...{ applied: true, label: "Garden", previousLabel: ROSES },
      reason: expect.stringContaining("3 of the 3 nearest"),
    });
    expect(updates).toEqual([{ id: "s", patch: { label: "Garden" } }]);
  });

  test("leaves a label that somebody gave, unless it is forced", async () => {
    const given = { ...subject, label: "My roses" };
    const { auto, updates } = labelling({ stored: [given, ...agreeing] });
    expect(await auto("s")).toMatchObject({
      ...{ applied: false, label: "My roses" },
      reason: "Somebody gave it the label “My roses”. Send force: true to replace it.",
    });
    expect(updates).toEqual([]);
    expect(await auto("s", { force: true })).toMatchObject({ applied: true, label: "Garden" });
  });

  test("leaves it when nothing is sure enough, and names the surest", async () => {
    const { auto, updates } = labelling({ stored: [subject, near("1", "Garden")] });
    const left = await auto("s");
    expect(left.applied).toBe(false);
    expect(left.reason).toMatch(/“Garden”, has a confidence of 0\.\d+, below 0\.7/);
    expect((await auto("s", { threshold: 0.3 })).applied).toBe(true);
    expect(updates).toHaveLength(1);
  });

  test("does nothing where the label is there already, or there is nothing to suggest", async () => {
    const labelled = { ...subject, label: "Garden" };
    const there = labelling({ stored: [labelled, ...agreeing] });
    expect((await there.auto("s")).reason).toBe("It has this label already.");
    const alone = labelling({ stored: [subject] });
    expect((await alone.auto("s")).reason).toBe("There is nothing to suggest.");
    expect([...there.updates, ...alone.updates]).toEqual([]);
  });
});
