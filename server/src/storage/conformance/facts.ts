import { describe, expect } from "vitest";
import type { MessageFact } from "../../core/ports/fact-store.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const ALL = { limit: 100, offset: 0 };
const SOON = Number.MAX_SAFE_INTEGER;

async function stored({ conversations }: OpenStores, owner: string, ...ids: string[]) {
  const messages = ids.map((id, place) => turn(`text ${id}`, { id, timestamp: 1000 + place }));
  return (await conversations.create(owner, conversationDraft({ messages }))).conversation;
}

function fact(messageId: string, value: string, subject = "Ann's bike"): MessageFact {
  return { messageId, subject, attribute: "colour", value };
}

const read = (from: number, to: number, ...facts: MessageFact[]) => ({
  ...{ from, to, facts, model: "small" },
});

/** How every store keeps the facts that models find, and says what is left to read. */
export function describeFactStore(name: string, open: StoresFactory): void {
  describe(`${name} as a store of facts`, () => {
    const check = testWith(open);
    check("facts stand beside the message that says them [req:facts.provenance]", async (all) => {
      const { id } = await stored(all, "o", "m1", "m2");
      const kept = [fact("m1", "red"), fact("m2", "blue"), fact("m2", "9", "The flat")];
      expect(await all.facts.save("o", id, read(0, 2, ...kept))).toBe(true);
      const found = await all.facts.factsOf("o", ["m2", "m1", "unknown"]);
      expect(found.toSorted((a, b) => (a.value < b.value ? 1 : -1))).toEqual([
        fact("m1", "red"),
        fact("m2", "blue"),
        fact("m2", "9", "The flat"),
      ]);
      expect(await all.facts.factsOf("o", ["m1"])).toEqual([fact("m1", "red")]);
      expect(await all.facts.factsOf("o", [])).toEqual([]);
    });

    check(
      "they are listed latest first, by subject and conversation [req:facts.list]",
      async (all) => {
        const one = await stored(all, "o", "m1", "m2");
        const other = await stored(all, "o", "n1");
        await all.facts.save("o", one.id, read(0, 2, fact("m1", "red"), fact("m2", "blue")));
        await all.facts.save("o", other.id, read(0, 1, fact("n1", "9", "The flat")));
        const bikes = await all.facts.list("o", { subject: "ANN'S  bike!" }, ALL);
        expect(bikes).toEqual({
          total: 2,
          items: [
            { ...fact("m2", "blue"), conversationId: one.id, saidAt: 1001, model: "small" },
            { ...fact("m1", "red"), conversationId: one.id, saidAt: 1000, model: "small" },
          ],
        });
        const there = await all.facts.list("o", { conversationId: other.id }, ALL);
        expect(there.items.map(({ value }) => value)).toEqual(["9"]);
        const second = await all.facts.list("o", {}, { limit: 1, offset: 1 });
        expect(second).toMatchObject({ total: 3, items: [{ conversationId: expect.any(String) }] });
        expect((await all.facts.list("o", { subject: "nobody" }, ALL)).total).toBe(0);
      },
    );
  });
  describeReading(name, open);
  describeErasure(name, open);
}

function describeReading(name: string, open: StoresFactory): void {
  describe(`${name} with facts to be found`, () => {
    const check = testWith(open);
    check(
      "what is left to read stands in the rows, quiet and active ones only [req:facts.work]",
      async (all) => {
        const { conversations, facts } = all;
        const { id, updatedAt } = await stored(all, "o", "m1", "m2");
        const archived = await stored(all, "o", "n1");
        await conversations.update("o", archived.id, { status: "archived" });
        expect(await facts.unread(updatedAt - 1, 9)).toEqual([]);
        expect(await facts.unread(SOON, 9)).toEqual([{ owner: "o", id, messageCount: 2, read: 0 }]);
        expect(await facts.unread(SOON, 0)).toEqual([]);
        await facts.save("o", id, read(0, 1));
        expect(await facts.unread(SOON, 9)).toMatchObject([{ read: 1 }]);
        await facts.save("o", id, read(1, 2));
        expect(await facts.unread(SOON, 9)).toEqual([]);
        expect((await conversations.get("o", id)).updatedAt).toBe(updatedAt);
        await conversations.append("o", id, [turn("more")]);
        expect(await facts.unread(SOON, 9)).toMatchObject([{ messageCount: 3, read: 2 }]);
      },
    );

    check("what was read already is not stored twice [req:facts.work]", async (all) => {
      const { id } = await stored(all, "o", "m1");
      expect(await all.facts.save("o", id, read(0, 1, fact("m1", "red")))).toBe(true);
      expect(await all.facts.save("o", id, read(0, 1, fact("m1", "red")))).toBe(false);
      expect((await all.facts.list("o", {}, ALL)).total).toBe(1);
    });
  });
}

function describeErasure(name: string, open: StoresFactory): void {
  describe(`${name} with facts of owners and conversations`, () => {
    const check = testWith(open);
    check(
      "they go with their conversation, and none comes after it [req:facts.erased]",
      async (all) => {
        const { id } = await stored(all, "o", "m1");
        const kept = await stored(all, "o", "n1");
        await all.facts.save("o", id, read(0, 1, fact("m1", "red")));
        await all.facts.save("o", kept.id, read(0, 1, fact("n1", "blue")));
        await all.conversations.delete("o", [id]);
        const { items, total } = await all.facts.list("o", {}, ALL);
        expect([items.map(({ value }) => value), total]).toEqual([["blue"], 1]);
        expect(await all.facts.save("o", id, read(1, 2, fact("m1", "red")))).toBe(false);
        await all.conversations.delete("o", [kept.id]);
        await all.users.erase("o");
        expect(await all.facts.factsOf("o", ["m1", "n1"])).toEqual([]);
      },
    );

    check("they are their owner's, also under the same ids [req:facts.owners]", async (all) => {
      const { id } = await stored(all, "o", "m1");
      await stored(all, "other", "m1");
      expect(await all.facts.save("other", id, read(0, 1, fact("m1", "red")))).toBe(false);
      await all.facts.save("o", id, read(0, 1, fact("m1", "red")));
      expect(await all.facts.factsOf("other", ["m1"])).toEqual([]);
      expect(await all.facts.list("other", {}, ALL)).toEqual({ items: [], total: 0 });
    });

    check("a fact of a message elsewhere is not taken [req:facts.provenance]", async (all) => {
      const { id } = await stored(all, "o", "m1");
      await stored(all, "o", "n1");
      await all.facts.save("o", id, read(0, 1, fact("n1", "red"), fact("gone", "red")));
      expect((await all.facts.list("o", {}, ALL)).total).toBe(0);
    });
  });
}
