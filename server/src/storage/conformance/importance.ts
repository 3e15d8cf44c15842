import { describe, expect } from "vitest";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const DECISION = "We decided to move to Lisbon on 2026-03-01; please remember that.";
const CHAT = "The cat sat on the mat and the dog lay near it, as every other day.";
/** Enough words for a model to be asked. */
const LONG = `${CHAT} ${CHAT} ${CHAT}`;
const SOON = Number.MAX_SAFE_INTEGER;

async function stored({ conversations }: OpenStores, ...texts: string[]) {
  const draft = conversationDraft({ messages: texts.map((text) => turn(text)) });
  return (await conversations.create("o", draft)).conversation;
}

async function due({ importance }: OpenStores, quietBefore = SOON) {
  return (await importance.due(quietBefore, 100)).map(({ id }) => id);
}

/** How every store judges importance when it stores, and what it gives a model to judge. */
export function describeImportance(name: string, open: StoresFactory): void {
  describe(`${name} judging importance`, () => {
    const check = testWith(open);
    check(
      "rules judge what is stored, in the same write [req:importance.on-store]",
      async (all) => {
        const small = await stored(all, "Hi!", "Hello");
        const plain = await stored(all, CHAT);
        const big = await stored(all, CHAT, DECISION, CHAT);
        for (const one of [small, plain, big]) expect(one.importanceSource).toBe("heuristic");
        expect(small.importanceScore).toBeLessThan(plain.importanceScore);
        expect(plain.importanceScore).toBeLessThan(big.importanceScore);
        expect(await all.conversations.get("o", big.id)).toEqual(big);
        const [many] = await all.conversations.createMany("o", [
          conversationDraft({ messages: [turn(DECISION)] }),
        ]);
        expect(many?.importanceScore).toBe(big.importanceScore);
        const empty = await stored(all);
        expect(empty).toMatchObject({ importanceScore: 5, importanceSource: "default" });
      },
    );

    check("appending raises it and never lowers it [req:importance.on-store]", async (all) => {
      const { id, importanceScore } = await stored(all, CHAT);
      const append = async (text: string) =>
        (await all.conversations.append("o", id, [turn(text)])).conversation.importanceScore;
      const raised = await append(DECISION);
      expect(raised).toBeGreaterThan(importanceScore);
      expect(await append("ok")).toBe(raised);
      const empty = await stored(all);
      const first = await all.conversations.append("o", empty.id, [turn(CHAT)]);
      expect(first.conversation).toMatchObject({ importanceScore, importanceSource: "heuristic" });
    });

    check("imports are judged, and what they add [req:importance.on-store]", async (all) => {
      const identity = { source: "s", externalId: "1" };
      const draft = (...texts: string[]) =>
        conversationDraft({ messages: texts.map((text) => turn(text, { importKey: text })) });
      const { conversationId: id } = await all.conversations.import("o", identity, draft(CHAT));
      const before = await all.conversations.get("o", id);
      expect(before.importanceSource).toBe("heuristic");
      await all.conversations.import("o", identity, draft(CHAT, DECISION));
      const after = await all.conversations.get("o", id);
      expect(after.importanceScore).toBeGreaterThan(before.importanceScore);
    });
  });
  describePersons(name, open);
  describeJudgements(name, open);
}

function describePersons(name: string, open: StoresFactory): void {
  describe(`${name} with importance that a person set`, () => {
    const check = testWith(open);
    check("what a person set stays, whatever is appended [req:importance.person]", async (all) => {
      const { conversations, importance } = all;
      const { conversation } = await conversations.create(
        "o",
        conversationDraft({ importanceScore: 2, messages: [turn(LONG), turn(DECISION)] }),
      );
      const { id } = conversation;
      expect(conversation).toMatchObject({ importanceScore: 2, importanceSource: "user" });
      await conversations.append("o", id, [turn(DECISION)]);
      expect(await due(all)).toEqual([]);
      expect(await importance.note("o", id, { score: 9, messages: 3 })).toBe(false);
      expect(await conversations.get("o", id)).toMatchObject({
        importanceScore: 2,
        importanceSource: "user",
      });
    });

    check("a pin hides it until it is taken off [req:importance.person]", async (all) => {
      const { conversations, importance } = all;
      const { id, importanceScore } = await stored(all, LONG);
      await conversations.update("o", id, { pinned: true });
      const { conversation } = await conversations.append("o", id, [turn(DECISION)]);
      expect(conversation.importanceScore).toBe(10);
      expect(await due(all)).toEqual([]);
      expect(await importance.note("o", id, { score: 1, messages: 2 })).toBe(false);
      // Unpinning restores the score before; what is appended next is judged again.
      const unpinned = await conversations.update("o", id, { pinned: false });
      expect(unpinned.importanceScore).toBe(importanceScore);
      const { conversation: later } = await conversations.append("o", id, [turn(DECISION)]);
      expect(later.importanceScore).toBeGreaterThan(importanceScore);
      const draft = conversationDraft({ pinned: true, messages: [turn(DECISION)] });
      const { conversation: created } = await conversations.create("o", draft);
      expect(created.importanceScore).toBe(10);
    });
  });
}

function describeJudgements(name: string, open: StoresFactory): void {
  describe(`${name} with a model that judges importance`, () => {
    const check = testWith(open);
    check(
      "a model may judge what is quiet, once, and again when it has grown by a quarter [req:importance.model]",
      async (all) => {
        const { conversations, importance } = all;
        const { id, updatedAt } = await stored(all, LONG, "b", "c", "d");
        expect(await due(all, updatedAt - 1)).toEqual([]);
        expect(await importance.due(updatedAt, 9)).toEqual([{ owner: "o", id, messageCount: 4 }]);
        expect(await importance.note("o", id, { score: 7.5, messages: 4 })).toBe(true);
        expect(await conversations.get("o", id)).toMatchObject({
          importanceScore: 7.5,
          importanceSource: "model",
          updatedAt,
        });
        expect(await due(all)).toEqual([]);
        // Rules do not argue with a model.
        const { conversation } = await conversations.append("o", id, [turn(DECISION)]);
        expect(conversation).toMatchObject({ importanceScore: 7.5, importanceSource: "model" });
        expect(await due(all)).toEqual([id]);
        await importance.note("o", id, { score: null, messages: 5 });
        expect(await due(all)).toEqual([]);
        expect((await conversations.get("o", id)).importanceScore).toBe(7.5);
        await conversations.append("o", id, [turn("one more")]);
        expect(await due(all)).toEqual([]);
      },
    );

    check(
      "a conversation that never rests is judged after 50 messages; few words and archived ones never [req:importance.model]",
      async (all) => {
        const { conversations } = all;
        await stored(all, CHAT);
        const archived = await stored(all, LONG);
        await conversations.update("o", archived.id, { status: "archived" });
        const { id } = await stored(all, ...Array.from({ length: 49 }, () => LONG));
        expect(await due(all, 0)).toEqual([]);
        await conversations.append("o", id, [turn("and on")]);
        expect(await due(all, 0)).toEqual([id]);
        expect(await due(all)).toEqual([id]);
      },
    );

    check("a judgement is its owner's conversation's only [req:importance.model]", async (all) => {
      const { id } = await stored(all, LONG);
      expect(await all.importance.note("other", id, { score: 9, messages: 1 })).toBe(false);
      expect((await all.conversations.get("o", id)).importanceSource).toBe("heuristic");
    });
  });
}
