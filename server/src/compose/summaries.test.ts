import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ConversationDraft, MessageDraft } from "../core/conversations/conversation.ts";
import { SekhaError } from "../core/errors.ts";
import { fakeLanguageTasks } from "../core/ports/__fixtures__/fake-language-tasks.ts";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import { ConversationSummaries } from "../core/summaries/conversation-summaries.ts";
import { DAY_MS, periodOf } from "../core/summaries/period.ts";
import { PeriodSummaries } from "../core/summaries/period-summaries.ts";
import type { RowStore } from "../storage/row-store.ts";
import { openSqliteStore } from "../storage/sqlite/sqlite-store.ts";

const NOW = Date.now();
/** The Monday of a month whose weeks are all over. */
const MONDAY = periodOf("monthly", periodOf("monthly", NOW).since - DAY_MS).since;
const ALL = { limit: 100, offset: 0 };

let folder: string;
let rows: RowStore;
let warnings: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekha-summaries-"));
  rows = await openSqliteStore({ file: join(folder, "sekha.db"), readers: 1 });
  warnings = [];
});
afterEach(async () => {
  await rows.close();
  rmSync(folder, { recursive: true });
});

function summariesBy(tasks: LanguageTasks) {
  const quiet = () => undefined;
  const shared = {
    ...{ store: rows.conversations, summaries: rows.summaries, tasks },
    clock: () => NOW,
    newId: () => randomUUID(),
    log: {
      ...{ debug: quiet, info: quiet, error: quiet },
      warn: (text: string) => {
        warnings.push(text);
      },
    },
  };
  return {
    ofConversations: new ConversationSummaries(shared),
    ofPeriods: new PeriodSummaries(shared),
  };
}

const callOf = (owner = "ann", background = true) => ({
  ...{ owner, background, signal: new AbortController().signal },
});

function said(day: number, content: string): MessageDraft {
  return { role: "user", content, timestamp: MONDAY + day * DAY_MS + 3_600_000 };
}

async function stored(
  id: string,
  messages: MessageDraft[],
  { owner = "ann", ...changes }: Partial<ConversationDraft> & { owner?: string } = {},
): Promise<void> {
  const times = messages.map(({ timestamp }) => timestamp ?? MONDAY);
  const draft = { id, label: `About ${id}`, folder: "/", messages, createdAt: MONDAY };
  await rows.conversations.create(owner, {
    ...draft,
    updatedAt: Math.max(MONDAY, ...times),
    ...changes,
  });
}

/** What was made of which texts, the newest order last. */
function textsOf(tasks: ReturnType<typeof fakeLanguageTasks>): string[] {
  return tasks.orders.map(({ order }) => `${order.level}: ${order.texts.join(" | ")}`);
}

describe("a conversation's summary", () => {
  test("is made at the level asked for and kept while nothing is added [req:summaries.level]", async () => {
    await stored("c", [said(0, "The key is under the mat."), said(2, "It was moved.")]);
    const tasks = fakeLanguageTasks();
    const { ofConversations } = summariesBy(tasks);
    const first = await ofConversations.summary("c", "weekly", callOf());
    expect(first).toMatchObject({
      ...{ conversationId: "c", level: "weekly", text: "weekly of 2", model: "fake" },
      ...{ method: "model", generatedAt: NOW },
      ...{ since: MONDAY + 3_600_000, until: MONDAY + 2 * DAY_MS + 3_600_000 },
    });
    expect((await ofConversations.summary("c", "weekly", callOf())).id).toBe(first.id);
    expect(textsOf(tasks)).toEqual([
      "weekly: user: The key is under the mat. | user: It was moved.",
    ]);
    expect(tasks.orders[0]?.call).toMatchObject({ owner: "ann", background: true });
    await ofConversations.summary("c", "daily", callOf());
    await rows.conversations.append("ann", "c", [said(3, "And back.")]);
    const grown = await ofConversations.summary("c", "weekly", callOf());
    expect(grown.text).toBe("weekly of 3");
    expect(tasks.orders).toHaveLength(3);
  });

  test("by rules is replaced as soon as a model is there [req:summaries.level]", async () => {
    await stored("c", [said(0, "The key is under the mat.")]);
    const rules = fakeLanguageTasks({
      hasChatModel: async () => false,
      summarize: async () => ({ summary: "Key.", model: "builtin/extractive", method: "rules" }),
    });
    const byRules = summariesBy(rules).ofConversations;
    const first = await byRules.summary("c", "daily", callOf());
    expect(first).toMatchObject({ model: "builtin/extractive", method: "rules" });
    expect((await byRules.summary("c", "daily", callOf())).id).toBe(first.id);
    const byModel = summariesBy(fakeLanguageTasks()).ofConversations;
    expect(await byModel.summary("c", "daily", callOf())).toMatchObject({ method: "model" });
    // And what the model made stays when it is gone.
    expect(await byRules.summary("c", "daily", callOf())).toMatchObject({ method: "model" });
  });

  test("of a long one reads every message, and its full stretches once [req:summaries.whole]", async () => {
    const long = (n: number) => said(0, `message ${n} ${"x".repeat(10_000)}`);
    await stored(
      "c",
      Array.from({ length: 13 }, (_, n) => long(n)),
    );
    const tasks = fakeLanguageTasks();
    const { ofConversations } = summariesBy(tasks);
    expect((await ofConversations.summary("c", "daily", callOf())).text).toBe("daily of 3");
    const read = textsOf(tasks).join("\n");
    for (let n = 0; n < 13; n += 1) expect(read).toContain(`message ${n} `);
    expect(tasks.orders.map(({ order }) => order.texts.length)).toEqual([5, 5, 3, 3]);
    expect(await rows.summaries.stretches("ann", "c")).toMatchObject([
      { from: 0, messages: 5, text: "detailed of 5" },
      { from: 5, messages: 10 },
    ]);
    await rows.conversations.append("ann", "c", [said(1, "One more.")]);
    await ofConversations.summary("c", "daily", callOf());
    const again = tasks.orders.slice(4).map(({ order }) => order);
    expect(again.map(({ texts }) => texts.length)).toEqual([4, 3]);
    expect(again[0]?.texts.at(-1)).toBe("user: One more.");
    const { total } = await rows.summaries.list("ann", {}, ALL);
    expect(total).toBe(1);
  });

  test("of nothing said is version 1's sentence, without a model", async () => {
    await stored("c", []);
    await stored("d", [said(0, "  ")]);
    const { ofConversations } = summariesBy(fakeLanguageTasks());
    for (const id of ["c", "d"]) {
      expect(await ofConversations.summary(id, "daily", callOf())).toMatchObject({
        ...{ text: "No messages to summarize", method: "rules" },
      });
    }
  });

  test("fails with the model's own words, and nothing is kept [req:summaries.failure]", async () => {
    await stored("c", [said(0, "The key is under the mat.")]);
    const outage = new SekhaError("providers_unavailable", "near/small: asleep");
    const tasks = fakeLanguageTasks({ summarize: () => Promise.reject(outage) });
    const failed = summariesBy(tasks).ofConversations.summary("c", "daily", callOf());
    await expect(failed).rejects.toBe(outage);
    expect((await rows.summaries.list("ann", {}, ALL)).total).toBe(0);
  });

  test("of what is deleted meanwhile is unknown, and nothing of it is kept [req:summaries.erased]", async () => {
    await stored("c", [said(0, "The key is under the mat.")]);
    const tasks = fakeLanguageTasks({
      summarize: async () => {
        await rows.conversations.delete("ann", ["c"]);
        return { summary: "The key.", model: "fake", method: "model" };
      },
    });
    const gone = summariesBy(tasks).ofConversations.summary("c", "daily", callOf());
    await expect(gone).rejects.toMatchObject({ code: "not_found" });
    expect((await rows.summaries.list("ann", {}, ALL)).total).toBe(0);
  });

  test("is its owner's only [req:summaries.owners]", async () => {
    await stored("c", [said(0, "The key is under the mat.")]);
    const other = summariesBy(fakeLanguageTasks()).ofConversations;
    await expect(other.summary("c", "daily", callOf("bob"))).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

/** Level, first day after MONDAY, and text of what is stored, in order of time. */
async function periodsOf(owner = "ann"): Promise<string[]> {
  const { items } = await rows.summaries.list(owner, {}, ALL);
  return items
    .toSorted((one, other) => one.since - other.since || one.until - other.until)
    .map(({ level, since, text }) => `${level} ${(since - MONDAY) / DAY_MS}: ${text}`);
}

describe("summaries of days, weeks and months", () => {
  test("days are made of messages, weeks of days, months of weeks [req:summaries.periods]", async () => {
    await stored("c", [said(0, "one"), said(1, "two"), said(8, "three")]);
    await stored("d", [said(1, "four")]);
    const tasks = fakeLanguageTasks();
    const { ofPeriods } = summariesBy(tasks);
    // The second week has one day, which speaks for it without a call.
    expect(await ofPeriods.work(100, callOf())).toBe(6);
    const texts = textsOf(tasks);
    expect(texts[0]).toBe("daily: [Conversation: About c] | user: three");
    expect(texts[1]).toContain("user: two");
    expect(texts[1]).toContain("[Conversation: About d] | user: four");
    expect(texts[1]).not.toContain("user: one");
    expect(texts[3]).toMatch(
      /^weekly: \d{4}-\d\d-\d\d: daily of 2 \| \d{4}-\d\d-\d\d: daily of 4$/,
    );
    expect(texts[4]).toMatch(/^monthly: \S+: weekly of 2 \| \S+: daily of 2$/);
    expect(texts).toHaveLength(5);
    expect(await periodsOf()).toEqual([
      "daily 0: daily of 2",
      "weekly 0: weekly of 2",
      "monthly 0: monthly of 2",
      "daily 1: daily of 4",
      "weekly 7: daily of 2",
      "daily 8: daily of 2",
    ]);
  });

  test("nothing is made again, also after a restart; what changed is, and what stands on it [req:summaries.idempotent]", async () => {
    await stored("c", [said(0, "one"), said(1, "two"), said(7, "three"), said(9, "four")]);
    await summariesBy(fakeLanguageTasks()).ofPeriods.work(100, callOf());
    const restarted = fakeLanguageTasks();
    const { ofPeriods } = summariesBy(restarted);
    expect(await ofPeriods.work(100, callOf())).toBe(0);
    await rows.conversations.append("ann", "c", [said(1, "late")]);
    expect(await ofPeriods.work(100, callOf())).toBe(3);
    expect(restarted.orders.map(({ order }) => order.level)).toEqual([
      ...["daily", "weekly", "monthly"],
    ]);
    expect(textsOf(restarted)[0]).toContain("user: late");
    expect(await ofPeriods.work(100, callOf())).toBe(0);
  });

  test("a run does so much and no more, and the next goes on, latest first [req:summaries.catch-up]", async () => {
    await stored("c", [said(0, "one"), said(1, "two"), said(2, "three")]);
    const { ofPeriods } = summariesBy(fakeLanguageTasks());
    expect(await ofPeriods.work(2, callOf())).toBe(2);
    expect(await periodsOf()).toEqual(["daily 1: daily of 2", "daily 2: daily of 2"]);
    expect(await ofPeriods.work(2, callOf())).toBe(2);
    expect(await ofPeriods.work(2, callOf())).toBe(1);
    expect(await periodsOf()).toHaveLength(5);
  });

  test("today and what is older than ten weeks wait for nobody", async () => {
    await stored("c", [
      { role: "user", content: "today", timestamp: NOW },
      { role: "user", content: "old", timestamp: NOW - 100 * DAY_MS },
    ]);
    expect(await summariesBy(fakeLanguageTasks()).ofPeriods.work(100, callOf())).toBe(0);
  });

  test("what is archived does not come in, and goes out [req:summaries.archived]", async () => {
    await stored("c", [said(0, "one"), said(1, "two")]);
    await stored("d", [said(1, "three")]);
    await stored("e", [said(2, "secret")], { status: "archived" });
    const tasks = fakeLanguageTasks();
    const { ofPeriods } = summariesBy(tasks);
    await ofPeriods.work(100, callOf());
    expect(textsOf(tasks).join()).not.toContain("secret");
    expect(await periodsOf()).toHaveLength(4);
    await rows.conversations.update("ann", "c", { status: "archived" });
    await ofPeriods.work(100, callOf());
    expect(await periodsOf()).toEqual([
      ...["weekly 0: daily of 2", "monthly 0: daily of 2", "daily 1: daily of 2"],
    ]);
  });

  test("a deletion erases at once, and all is built again without it [req:summaries.erased]", async () => {
    await stored("c", [said(0, "secret"), said(1, "secret too")]);
    await stored("d", [said(1, "two"), said(2, "three")]);
    await summariesBy(fakeLanguageTasks()).ofPeriods.work(100, callOf());
    await rows.conversations.delete("ann", ["c"]);
    expect(await periodsOf()).toEqual(["daily 2: daily of 2"]);
    const tasks = fakeLanguageTasks();
    const { ofPeriods } = summariesBy(tasks);
    expect(await ofPeriods.work(100, callOf())).toBe(3);
    expect(textsOf(tasks).join()).not.toContain("secret");
    expect(await periodsOf()).toEqual([
      "weekly 0: weekly of 2",
      "monthly 0: weekly of 2",
      "daily 1: daily of 2",
      "daily 2: daily of 2",
    ]);
    expect(await rows.summaries.periods("ann", "daily", 0)).toHaveLength(2);
  });

  test("a deletion while a model reads keeps its words out [req:summaries.erased]", async () => {
    await stored("c", [said(0, "secret")]);
    await stored("d", [said(0, "fine")]);
    const tasks = fakeLanguageTasks({
      summarize: async () => {
        await rows.conversations.delete("ann", ["c"]);
        return { summary: "A secret.", model: "fake", method: "model" };
      },
    });
    await summariesBy(tasks).ofPeriods.work(1, callOf());
    expect(await periodsOf()).toEqual([]);
    await summariesBy(fakeLanguageTasks()).ofPeriods.work(1, callOf());
    expect(await periodsOf()).toEqual(["daily 0: daily of 2"]);
  });

  test("owners are never mixed, whatever they share [req:summaries.owners]", async () => {
    await stored("c", [said(0, "ann's")]);
    await stored("c", [said(0, "bob's")], { owner: "bob" });
    for (const owner of ["ann", "bob"]) {
      const tasks = fakeLanguageTasks();
      await summariesBy(tasks).ofPeriods.work(100, callOf(owner));
      const other = owner === "ann" ? "bob" : "ann";
      expect(textsOf(tasks).join()).toContain(`${owner}'s`);
      expect(textsOf(tasks).join()).not.toContain(`${other}'s`);
    }
  });

  test("an outage ends the run; what a model refuses is passed over until it changes [req:summaries.failure]", async () => {
    await stored("c", [said(0, "one"), said(1, "two")]);
    let code: "providers_unavailable" | "content_filtered" = "providers_unavailable";
    let calls = 0;
    const tasks = fakeLanguageTasks({
      summarize: () => {
        calls += 1;
        return Promise.reject(new SekhaError(code, "no"));
      },
    });
    const { ofPeriods } = summariesBy(tasks);
    await expect(ofPeriods.work(100, callOf())).rejects.toMatchObject({ code });
    expect(calls).toBe(1);
    code = "content_filtered";
    expect(await ofPeriods.work(100, callOf())).toBe(0);
    expect(await ofPeriods.work(100, callOf())).toBe(0);
    expect(calls).toBe(3);
    expect(warnings).toHaveLength(2);
    await rows.conversations.append("ann", "c", [said(1, "late")]);
    await ofPeriods.work(100, callOf());
    expect(calls).toBe(4);
  });
});
