import { describe, expect } from "vitest";
import { describeChosenIds } from "./chosen-ids.ts";
import { describeConversationFilters } from "./conversation-filters.ts";
import { describeImports } from "./imports.ts";
import type { StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

/** What every ConversationStore must do. */
export function describeConversationStore(name: string, open: StoresFactory): void {
  describe(`${name} as a ConversationStore [req:storage.conformance]`, () => {
    describeStoring(open);
    describeChosenIds(open);
    describeIdempotency(open);
    describeChanging(open);
    describePins(open);
    describeDeleting(open);
    describePaging(open);
    describeStats(open);
    describeTextFidelity(open);
    describeImports(open);
    describeConversationFilters(open);
  });
}

function describeStoring(open: StoresFactory): void {
  const check = testWith(open);
  check("a stored conversation comes back with everything that was given", async (stores) => {
    const draft = conversationDraft({
      label: "Trip",
      folder: "/work/plans",
      tags: ["b", "a", "b"],
      metadata: { mood: "good", deep: { list: [1, null, "x"] } },
      sessionId: "s1",
      importanceScore: 7.5,
      status: "archived",
      createdAt: 1000,
      updatedAt: 2000,
      messages: [
        turn("one two", { name: "Ada", timestamp: 500, metadata: { k: 1 } }),
        turn("three", { role: "assistant", parts: [{ type: "text", text: "three" }] }),
      ],
    });
    const { conversation, replayed } = await stores.conversations.create("o", draft);
    expect(replayed).toBe(false);
    expect(conversation).toMatchObject({
      label: "Trip",
      folder: "/work/plans",
      tags: ["a", "b"],
      metadata: draft.metadata,
      sessionId: "s1",
      importanceScore: 7.5,
      importanceSource: "user",
      status: "archived",
      pinned: false,
      createdAt: 1000,
      updatedAt: 2000,
      messageCount: 2,
      wordCount: 3,
      embeddingStatus: "pending",
    });
    expect(await stores.conversations.get("o", conversation.id)).toEqual(conversation);
    const page = await stores.conversations.messages("o", conversation.id, { limit: 9, offset: 0 });
    expect(page.total).toBe(2);
    expect(page.items[0]).toMatchObject({
      position: 0,
      name: "Ada",
      timestamp: 500,
      metadata: { k: 1 },
    });
    expect(page.items[1]).toMatchObject({
      position: 1,
      role: "assistant",
      parts: [{ type: "text", text: "three" }],
    });
    const [first] = page.items;
    expect(await stores.conversations.message("o", first?.id ?? "")).toEqual({
      message: first,
      conversation,
    });
  });
  check("many are stored all or not at all", async ({ conversations }) => {
    const stored = await conversations.createMany("o", [
      conversationDraft({ id: "x" }),
      conversationDraft(),
    ]);
    expect(stored).toHaveLength(2);
    const drafts = [conversationDraft({ id: "y" }), conversationDraft({ id: "x" })];
    await expect(conversations.createMany("o", drafts)).rejects.toMatchObject({ code: "conflict" });
    await expect(conversations.get("o", "y")).rejects.toMatchObject({ code: "not_found" });
    expect((await conversations.counts("o", {})).total).toBe(2);
  });
}

function describeIdempotency(open: StoresFactory): void {
  const check = testWith(open);
  const claim = { key: "k", bodyHash: "h" };
  check(
    "the same idempotency key stores once and answers as the first time",
    async ({ conversations }) => {
      const first = await conversations.create("o", conversationDraft(), claim);
      await conversations.update("o", first.conversation.id, { label: "Renamed" });
      const again = await conversations.create("o", conversationDraft(), claim);
      expect(again).toEqual({ conversation: first.conversation, replayed: true });
      expect((await conversations.counts("o", {})).total).toBe(1);
    },
  );
  check("two requests at once with one key store one conversation", async ({ conversations }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => conversations.create("o", conversationDraft(), claim)),
    );
    expect(outcomes.filter((outcome) => !outcome.replayed)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.conversation.id)).size).toBe(1);
  });
  check("a key with another body is refused", async ({ conversations }) => {
    await conversations.create("o", conversationDraft(), claim);
    const other = conversations.create("o", conversationDraft(), { key: "k", bodyHash: "other" });
    await expect(other).rejects.toMatchObject({ code: "idempotency_mismatch" });
  });
  check("a key whose conversation was deleted stores nothing again", async ({ conversations }) => {
    const { conversation } = await conversations.create("o", conversationDraft(), claim);
    await conversations.delete("o", [conversation.id]);
    const again = conversations.create("o", conversationDraft(), claim);
    await expect(again).rejects.toMatchObject({ code: "conflict" });
  });
  check("two owners may use the same key", async ({ conversations }) => {
    await conversations.create("o", conversationDraft(), claim);
    expect((await conversations.create("p", conversationDraft(), claim)).replayed).toBe(false);
  });
}

function describeChanging(open: StoresFactory): void {
  const check = testWith(open);
  check("only what a patch names is changed", async ({ conversations }) => {
    const draft = conversationDraft({ tags: ["a", "b"], metadata: { k: 1 } });
    const { conversation } = await conversations.create("o", draft);
    const renamed = await conversations.update("o", conversation.id, {
      label: "New",
      folder: "/x",
    });
    expect(renamed).toMatchObject({
      label: "New",
      folder: "/x",
      tags: ["a", "b"],
      metadata: { k: 1 },
    });
    const retagged = await conversations.update("o", conversation.id, {
      addTags: ["c", "a"],
      removeTags: ["b"],
    });
    expect(retagged.tags).toEqual(["a", "c"]);
    expect((await conversations.update("o", conversation.id, { tags: [] })).tags).toEqual([]);
    const last = await conversations.update("o", conversation.id, {
      metadata: {},
      status: "archived",
      importanceScore: 2,
      importanceSource: "heuristic",
    });
    expect(last).toMatchObject({
      metadata: {},
      status: "archived",
      importanceScore: 2,
      importanceSource: "heuristic",
    });
  });
  check("appended messages go on where the conversation ended", async ({ conversations }) => {
    const { conversation } = await conversations.create("o", conversationDraft({ updatedAt: 5 }));
    const outcome = await conversations.append("o", conversation.id, [
      turn("two words"),
      turn("x"),
    ]);
    expect(outcome.messages.map((message) => message.position)).toEqual([1, 2]);
    expect(outcome.conversation).toMatchObject({ messageCount: 3, wordCount: 5 });
    expect(outcome.conversation.updatedAt).toBeGreaterThan(5);
    expect(outcome.skipped).toBe(0);
  });
  check(
    "a message with a known import key is skipped, also within one call",
    async ({ conversations }) => {
      const { conversation } = await conversations.create("o", conversationDraft());
      const first = [turn("a", { importKey: "1" }), turn("again", { importKey: "1" })];
      expect((await conversations.append("o", conversation.id, first)).skipped).toBe(1);
      const more = [turn("a", { importKey: "1" }), turn("b", { importKey: "2" }), turn("c")];
      const outcome = await conversations.append("o", conversation.id, more);
      expect(outcome.messages.map((message) => message.content)).toEqual(["b", "c"]);
      expect(outcome.skipped).toBe(1);
    },
  );
}

function describePins(open: StoresFactory): void {
  const check = testWith(open);
  check(
    "a pin raises importance to 10 and unpinning brings the score back",
    async ({ conversations }) => {
      const draft = conversationDraft({ importanceScore: 3, status: "archived" });
      const { conversation } = await conversations.create("o", draft);
      const pinned = await conversations.update("o", conversation.id, { pinned: true });
      expect(pinned).toMatchObject({ pinned: true, importanceScore: 10, status: "active" });
      await conversations.update("o", conversation.id, { pinned: true });
      const unpinned = await conversations.update("o", conversation.id, { pinned: false });
      expect(unpinned).toMatchObject({ pinned: false, importanceScore: 3 });
    },
  );
  check("a score set by a person while pinned stays after unpinning", async ({ conversations }) => {
    const { conversation } = await conversations.create(
      "o",
      conversationDraft({ pinned: true, importanceScore: 4 }),
    );
    expect(conversation.importanceScore).toBe(10);
    const changed = await conversations.update("o", conversation.id, {
      importanceScore: 6,
      importanceSource: "user",
    });
    expect(changed).toMatchObject({ pinned: true, importanceScore: 6 });
    expect(
      (await conversations.update("o", conversation.id, { pinned: false })).importanceScore,
    ).toBe(6);
  });
  check(
    "a score found automatically while pinned shows only after unpinning",
    async ({ conversations }) => {
      const { conversation } = await conversations.create("o", conversationDraft({ pinned: true }));
      const patch = { importanceScore: 2, importanceSource: "heuristic" } as const;
      expect((await conversations.update("o", conversation.id, patch)).importanceScore).toBe(10);
      expect(
        (await conversations.update("o", conversation.id, { pinned: false })).importanceScore,
      ).toBe(2);
    },
  );
}

function describeDeleting(open: StoresFactory): void {
  const check = testWith(open);
  check("deleting erases rows, words and work, and names only what existed", async (stores) => {
    const { conversations, index, queue } = stores;
    const { conversation } = await conversations.create(
      "o",
      conversationDraft({ messages: [turn("zebra")] }),
    );
    const kept = await conversations.create(
      "o",
      conversationDraft({ messages: [turn("zebra too")] }),
    );
    const outcome = await conversations.delete("o", ["nothing", conversation.id, conversation.id]);
    expect(outcome.deleted).toEqual([conversation.id]);
    expect(outcome.sequences).toHaveLength(1);
    await expect(conversations.get("o", conversation.id)).rejects.toMatchObject({
      code: "not_found",
    });
    const found = await index.searchText(
      "o",
      { kind: "words", words: ["zebra"] },
      { filter: {}, limit: 9 },
    );
    expect(found.total).toBe(1);
    const [left] = await index.hydrate(
      "o",
      found.hits.map((hit) => hit.message),
    );
    expect(left?.conversation.id).toBe(kept.conversation.id);
    expect((await queue.status("o", Date.now())).pending).toBe(1);
    expect(await conversations.delete("o", [])).toEqual({ deleted: [], sequences: [] });
  });
}

function describePaging(open: StoresFactory): void {
  const check = testWith(open);
  const times = [3, 1, 2, 5, 4];
  const drafts = times.map((time) =>
    conversationDraft({ id: `c${time}`, label: `l${time}`, createdAt: time, updatedAt: time }),
  );
  check(
    "lists are sorted and cut into pages that together hold everything once",
    async ({ conversations }) => {
      await conversations.createMany("o", drafts);
      const newest = await conversations.list("o", {}, { limit: 2, offset: 0 });
      expect(newest.items.map((item) => item.id)).toEqual(["c5", "c4"]);
      expect(newest.total).toBe(5);
      for (const by of ["updated_at", "created_at", "label"] as const) {
        const sort = { by, direction: "asc" } as const;
        const pages = [0, 2, 4].map((offset) =>
          conversations.list("o", {}, { limit: 2, offset, sort }),
        );
        const ids = (await Promise.all(pages)).flatMap((page) => page.items.map((item) => item.id));
        expect(ids).toEqual(["c1", "c2", "c3", "c4", "c5"]);
      }
      expect((await conversations.list("o", {}, { limit: 2, offset: 9 })).items).toEqual([]);
      expect(await conversations.ids("o", {}, 3)).toHaveLength(3);
    },
  );
  check(
    "a scan goes through everything once and ends without a cursor",
    async ({ conversations }) => {
      await conversations.createMany("o", [...drafts, conversationDraft({ id: "c6" })]);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await conversations.scan(
          "o",
          {},
          { limit: 2, ...(cursor === undefined ? {} : { cursor }) },
        );
        expect(page.items).toHaveLength(2);
        seen.push(...page.items.map((item) => item.id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(["c3", "c1", "c2", "c5", "c4", "c6"]);
      const foreign = conversations.scan("o", {}, { limit: 2, cursor: "nonsense" });
      await expect(foreign).rejects.toMatchObject({ code: "invalid_request" });
    },
  );
}

function describeStats(open: StoresFactory): void {
  const check = testWith(open);
  check("counts and statistics add up", async ({ conversations }) => {
    expect(await conversations.stats("o", {})).toMatchObject({
      messages: 0,
      oldestMessageAt: null,
      newestMessageAt: null,
    });
    await conversations.createMany("o", [
      conversationDraft({
        folder: "/a",
        importanceScore: 5,
        tags: ["t"],
        messages: [turn("one two", { timestamp: 10 })],
      }),
      conversationDraft({
        folder: "/a",
        pinned: true,
        messages: [turn("one", { timestamp: 30 }), turn("x", { timestamp: 20 })],
      }),
      conversationDraft({ folder: "/b", status: "archived", label: "Z", messages: [] }),
    ]);
    const counts = await conversations.counts("o", { folder: "/a" });
    expect(counts).toEqual({ count: 2, total: 3, byStatus: { active: 1, pinned: 1, archived: 0 } });
    expect(await conversations.stats("o", {})).toEqual({
      conversations: { count: 3, total: 3, byStatus: { active: 1, pinned: 1, archived: 1 } },
      messages: 3,
      words: 4,
      averageImportance: 20 / 3,
      oldestMessageAt: 10,
      newestMessageAt: 30,
      folders: [
        { name: "/a", count: 2 },
        { name: "/b", count: 1 },
      ],
      labels: [
        { name: "Talk", count: 2 },
        { name: "Z", count: 1 },
      ],
      tags: [{ name: "t", count: 1 }],
    });
  });
}

function describeTextFidelity(open: StoresFactory): void {
  const check = testWith(open);
  const texts = {
    "a megabyte": "word ".repeat(210_000),
    emoji: "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
    "right to left": "שלום \u202Eעולם\u202C",
    "a NUL and control characters": "a\u0000b\u0001\u001F\u007F\uFFFE",
    "a lone surrogate": "x\uD800y\uDC00",
    quotes: "'; DROP TABLE messages; -- \" \\",
  };
  check(
    "every text comes back as it went in, as far as Unicode allows",
    async ({ conversations }) => {
      for (const [what, text] of Object.entries(texts)) {
        const short = text.slice(0, 9);
        const message = turn(text, { role: short, name: short, metadata: { text } });
        const draft = conversationDraft({
          label: text.slice(0, 50),
          folder: `/${short}`,
          tags: [short],
          messages: [message],
        });
        const { conversation } = await conversations.create("o", draft);
        const { items } = await conversations.messages("o", conversation.id, {
          limit: 1,
          offset: 0,
        });
        expect(items[0]?.content === text.toWellFormed(), what).toBe(true);
        expect(items[0]?.metadata.text === text, what).toBe(true);
        expect(items[0]).toMatchObject({ role: short.toWellFormed(), name: short.toWellFormed() });
        expect(conversation).toMatchObject({
          label: text.slice(0, 50).toWellFormed(),
          tags: [short.toWellFormed()],
        });
        expect(
          (await conversations.counts("o", { folder: `/${short}`, tags: [short] })).count,
          what,
        ).toBe(1);
      }
    },
  );
}
