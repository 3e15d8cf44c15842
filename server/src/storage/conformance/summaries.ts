import { describe, expect } from "vitest";
import type { ConversationDraft } from "../../core/conversations/conversation.ts";
import type { SummaryStore } from "../../core/ports/summary-store.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const DAY = 86_400_000;
/** A Monday. */
const MONDAY = Date.UTC(2026, 4, 4);
const PAGE = { limit: 100, offset: 0 };

type OfConversation = Parameters<SummaryStore["saveOfConversation"]>[1];
type OfPeriod = Parameters<SummaryStore["savePeriod"]>[1];

function ofConversation(changes: Partial<OfConversation> = {}): OfConversation {
  return {
    id: "s",
    conversationId: "c",
    level: "daily",
    text: "They talked.",
    since: MONDAY,
    until: MONDAY + 1000,
    model: "m",
    method: "model",
    generatedAt: 5,
    from: 0,
    messages: 2,
    ...changes,
  };
}

function ofPeriod(changes: Partial<OfPeriod> = {}): OfPeriod {
  return {
    id: "p",
    level: "daily",
    text: "A day.",
    since: MONDAY,
    until: MONDAY + DAY,
    model: "builtin/extractive",
    method: "rules",
    generatedAt: 5,
    sources: { c: 2 },
    ...changes,
  };
}

/** Said on these days after Monday. */
function spoken(id: string, days: number[], changes: Partial<ConversationDraft> = {}) {
  return conversationDraft({
    id,
    createdAt: MONDAY,
    updatedAt: MONDAY + Math.max(0, ...days) * DAY,
    messages: days.map((day, at) => turn(`words ${at}`, { timestamp: MONDAY + day * DAY + at })),
    ...changes,
  });
}

/** What every SummaryStore must do. */
export function describeSummaryStore(name: string, open: StoresFactory): void {
  describe(`${name} as a SummaryStore`, () => {
    const check = testWith(open);
    describeConversations(check);
    describePeriods(check);
    describeErasure(check);
    describeWork(check);
  });
}

type Check = ReturnType<typeof testWith>;

function describeConversations(check: Check): void {
  check("a conversation's summary is found, replaced, and one a level", async (stores) => {
    const { summaries, conversations } = stores;
    await conversations.create("o", spoken("c", [0, 0]));
    expect(await summaries.saveOfConversation("o", ofConversation())).toBe(true);
    const weekly = ofConversation({ id: "w", level: "weekly", text: "A week." });
    await summaries.saveOfConversation("o", weekly);
    expect(await summaries.find("o", "c", "daily")).toEqual(ofConversation());
    const newer = ofConversation({ id: "t", text: "More.", messages: 3, method: "rules" });
    await summaries.saveOfConversation("o", newer);
    expect(await summaries.find("o", "c", "daily")).toEqual(newer);
    expect(await summaries.find("o", "c", "weekly")).toEqual(weekly);
    expect(await summaries.find("o", "c", "monthly")).toBeNull();
    expect(await summaries.find("o", "other", "daily")).toBeNull();
  });

  check("stretches stand in order and are in no list", async ({ summaries, conversations }) => {
    await conversations.create("o", spoken("c", [0]));
    const stretch = (id: string, from: number) =>
      ofConversation({ id, level: "stretch", from, messages: from + 10 });
    await summaries.saveOfConversation("o", stretch("2", 10));
    await summaries.saveOfConversation("o", stretch("1", 0));
    expect((await summaries.stretches("o", "c")).map(({ id }) => id)).toEqual(["1", "2"]);
    expect((await summaries.list("o", {}, PAGE)).total).toBe(0);
  });

  check("of a conversation that is gone nothing is written", async ({ summaries }) => {
    expect(await summaries.saveOfConversation("o", ofConversation())).toBe(false);
    expect((await summaries.list("o", {}, PAGE)).total).toBe(0);
  });

  check("context gets the newest whole summary and the stretches", async (stores) => {
    const { summaries, conversations } = stores;
    for (const id of ["c", "d", "e"]) await conversations.create("o", spoken(id, [0]));
    await summaries.saveOfConversation("o", ofConversation({ id: "old", generatedAt: 1 }));
    const weekly = ofConversation({ id: "new", level: "weekly", generatedAt: 2 });
    await summaries.saveOfConversation("o", weekly);
    await summaries.saveOfConversation("o", ofConversation({ id: "part", level: "stretch" }));
    await summaries.saveOfConversation("o", ofConversation({ id: "d1", conversationId: "d" }));
    await summaries.saveOfConversation("o", ofConversation({ id: "e1", conversationId: "e" }));
    const found = await summaries.summariesOf("o", ["c", "d", "none"]);
    expect(found.map(({ id }) => id).sort()).toEqual(["d1", "new", "part"]);
    expect(found.find(({ id }) => id === "new")).toEqual({
      id: "new",
      conversationId: "c",
      text: "They talked.",
      since: MONDAY,
      until: MONDAY + 1000,
      isWhole: true,
    });
    expect(found.find(({ id }) => id === "part")?.isWhole).toBe(false);
    expect(await summaries.summariesOf("o", [])).toEqual([]);
  });
}

function describePeriods(check: Check): void {
  check("a period's summary is kept with its sources and replaced", async (stores) => {
    const { summaries, conversations } = stores;
    await conversations.create("o", spoken("c", [0]));
    expect(await summaries.savePeriod("o", ofPeriod())).toBe(true);
    const newer = ofPeriod({ id: "q", text: "Another day.", sources: { c: 3 } });
    await summaries.savePeriod("o", newer);
    expect(await summaries.periods("o", "daily", MONDAY)).toEqual([
      { ...newer, conversationId: null },
    ]);
    expect(await summaries.periods("o", "daily", MONDAY + 1)).toEqual([]);
    expect(await summaries.periods("o", "weekly", 0)).toEqual([]);
  });

  check("nothing is saved of what is gone, archived, or another's", async (stores) => {
    const { summaries, conversations } = stores;
    await conversations.create("o", spoken("c", [0]));
    await conversations.create("o", spoken("archived", [0], { status: "archived" }));
    await conversations.create("other", spoken("foreign", [0]));
    for (const id of ["gone", "archived", "foreign"]) {
      const sources = { c: 1, [id]: 1 };
      expect(await summaries.savePeriod("o", ofPeriod({ sources }))).toBe(false);
    }
    const week = { id: "w", level: "weekly", until: MONDAY + 7 * DAY } as const;
    expect(await summaries.savePeriod("o", ofPeriod({ ...week, sources: { p: 1 } }))).toBe(false);
    await summaries.savePeriod("o", ofPeriod());
    expect(await summaries.savePeriod("other", ofPeriod({ ...week, sources: { p: 1 } }))).toBe(
      false,
    );
    expect(await summaries.savePeriod("o", ofPeriod({ ...week, sources: { p: 1 } }))).toBe(true);
    expect((await summaries.list("o", {}, PAGE)).total).toBe(2);
  });

  check("lists are filtered and paged, latest first", async ({ summaries, conversations }) => {
    await conversations.create("o", spoken("c", [0]));
    await summaries.saveOfConversation("o", ofConversation());
    for (const at of [0, 1, 2]) {
      const since = MONDAY + at * DAY;
      const period = { id: `p${at}`, since, until: since + DAY };
      await summaries.savePeriod("o", ofPeriod(period));
    }
    const ids = async (filter: Parameters<SummaryStore["list"]>[1], page = PAGE) =>
      (await summaries.list("o", filter, page)).items.map(({ id }) => id);
    expect(await ids({})).toEqual(["p2", "p1", "p0", "s"]);
    expect(await ids({}, { limit: 2, offset: 1 })).toEqual(["p1", "p0"]);
    expect(await ids({ conversationId: "c" })).toEqual(["s"]);
    expect(await ids({ level: "weekly" })).toEqual([]);
    expect(await ids({ since: MONDAY + DAY + 1 })).toEqual(["p2", "p1"]);
    expect(await ids({ until: MONDAY + DAY - 1 })).toEqual(["p0", "s"]);
    expect(await summaries.list("other", {}, PAGE)).toEqual({ items: [], total: 0 });
    const [first] = (await summaries.list("o", { conversationId: "c" }, PAGE)).items;
    const { from, messages, ...listed } = ofConversation();
    expect(first).toEqual(listed);
  });

  check("a summary is removed, once, and only by its owner", async (stores) => {
    const { summaries, conversations } = stores;
    await conversations.create("o", spoken("c", [0]));
    await summaries.savePeriod("o", ofPeriod());
    await summaries.remove("other", "p");
    expect((await summaries.list("o", {}, PAGE)).total).toBe(1);
    await summaries.remove("o", "p");
    await summaries.remove("o", "p");
    expect(await summaries.periods("o", "daily", 0)).toEqual([]);
  });
}

async function threeDaysAndAWeek({ summaries, conversations }: OpenStores): Promise<void> {
  await conversations.create("o", spoken("c", [0, 2]));
  await conversations.create("o", spoken("d", [1]));
  await summaries.saveOfConversation("o", ofConversation());
  for (const at of [0, 1, 2]) {
    const since = MONDAY + at * DAY;
    const sources = { [at === 1 ? "d" : "c"]: 1 };
    await summaries.savePeriod("o", ofPeriod({ id: `p${at}`, since, until: since + DAY, sources }));
  }
  const sources = { p0: 1, p1: 1, p2: 1 };
  const week = ofPeriod({ id: "w", level: "weekly", until: MONDAY + 7 * DAY, sources });
  expect(await summaries.savePeriod("o", week)).toBe(true);
}

function describeErasure(check: Check): void {
  check(
    "deleting a conversation erases every summary that was built on it [req:summaries.erased]",
    async (stores) => {
      const { summaries, conversations } = stores;
      await threeDaysAndAWeek(stores);
      await conversations.delete("o", ["c"]);
      expect((await summaries.list("o", {}, PAGE)).items.map(({ id }) => id)).toEqual(["p1"]);
      expect(await summaries.summariesOf("o", ["c"])).toEqual([]);
      const states = async (level: "daily" | "weekly", since: number) =>
        (await summaries.periods("o", level, since)).map(({ id, text, sources }) => ({
          ...{ id, text, sources },
        }));
      const emptied = { text: "", sources: null };
      expect(await states("daily", MONDAY)).toEqual([
        { id: "p0", ...emptied },
        { id: "p1", text: "A day.", sources: { d: 1 } },
        { id: "p2", ...emptied },
      ]);
      // However old, what was emptied is found.
      const later = MONDAY + 100 * DAY;
      expect((await states("daily", later)).map(({ id }) => id)).toEqual(["p0", "p2"]);
      expect(await states("weekly", later)).toEqual([{ id: "w", ...emptied }]);
    },
  );

  check("a summary that comes too late for a deletion is not written", async (stores) => {
    const { summaries, conversations } = stores;
    await threeDaysAndAWeek(stores);
    await conversations.delete("o", ["c"]);
    expect(await summaries.savePeriod("o", ofPeriod({ id: "late" }))).toBe(false);
    const week = { level: "weekly", until: MONDAY + 7 * DAY, sources: { p1: 1, p2: 1 } } as const;
    expect(await summaries.savePeriod("o", ofPeriod({ id: "late", ...week }))).toBe(false);
    expect(await summaries.saveOfConversation("o", ofConversation({ id: "late" }))).toBe(false);
  });

  check("deleting touches no other owner's and no other day", async (stores) => {
    const { summaries, conversations } = stores;
    await threeDaysAndAWeek(stores);
    await conversations.create("other", spoken("c", [0]));
    await summaries.savePeriod("other", ofPeriod());
    await conversations.delete("other", ["c"]);
    expect((await summaries.list("o", {}, PAGE)).total).toBe(5);
    expect((await summaries.list("other", {}, PAGE)).total).toBe(0);
  });
}

function describeWork(check: Check): void {
  check("days tell who spoke when, in pages, active conversations only", async (stores) => {
    const { summaries, conversations } = stores;
    await conversations.create("o", spoken("c", [0, 0, 2]));
    await conversations.create("o", spoken("d", [1]));
    await conversations.create("o", spoken("e", []));
    await conversations.create("o", spoken("f", [2]));
    await conversations.create("o", spoken("archived", [1], { status: "archived" }));
    await conversations.create("other", spoken("foreign", [1]));
    const found = [];
    let cursor: string | null = null;
    do {
      const range = { since: MONDAY, until: MONDAY + 2 * DAY };
      const page = await summaries.days("o", range, { limit: 1, cursor });
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
    expect(found).toEqual([
      { conversationId: "d", label: "Talk", day: MONDAY + DAY, messages: 1, first: 0, last: 0 },
      { conversationId: "c", label: "Talk", day: MONDAY, messages: 2, first: 0, last: 1 },
    ]);
  });

  check("due are long, quiet, active conversations that have grown by a tenth", async (stores) => {
    const { summaries, conversations } = stores;
    const long = "word ".repeat(30);
    const draft = (id: string, changes: Partial<ConversationDraft> = {}) =>
      spoken(id, [0], { messages: [turn(long)], ...changes });
    await conversations.create("o", draft("older"));
    await conversations.create("o", draft("newer", { updatedAt: MONDAY + 5 }));
    await conversations.create("o", draft("short", { messages: [turn("hello")] }));
    await conversations.create("o", draft("archived", { status: "archived" }));
    await conversations.create("other", draft("foreign"));
    const wanted = {
      ...{ level: "daily" as const, words: 20, messages: 3, limit: 10 },
      ...{ since: MONDAY, quietBefore: MONDAY + 10 },
    };
    expect(await summaries.due("o", wanted)).toEqual(["newer", "older"]);
    expect(await summaries.due("o", { ...wanted, messages: 1 })).toHaveLength(3);
    expect(await summaries.due("o", { ...wanted, limit: 1 })).toEqual(["newer"]);
    expect(await summaries.due("o", { ...wanted, quietBefore: MONDAY })).toEqual(["older"]);
    expect(await summaries.due("o", { ...wanted, since: MONDAY + 1 })).toEqual(["newer"]);
    await summaries.saveOfConversation(
      "o",
      ofConversation({ conversationId: "older", messages: 1 }),
    );
    expect(await summaries.due("o", wanted)).toEqual(["newer"]);
    expect(await summaries.due("o", { ...wanted, level: "weekly" as const })).toContain("older");
    await conversations.append("o", "older", [turn("more")]);
    const later = { ...wanted, quietBefore: Number.MAX_SAFE_INTEGER };
    expect(await summaries.due("o", later)).toEqual(["older", "newer"]);
  });
}
