import { expect } from "vitest";
import type { StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const identity = { source: "chatgpt", externalId: "e" };
const one = turn("one", { importKey: "1" });
const two = turn("two", { importKey: "2" });

/** The import ledger (decisions.md 24, 36). */
export function describeImports(open: StoresFactory): void {
  const check = testWith(open);
  check(
    "an import creates, then changes nothing, then appends only what is new",
    async ({ conversations }) => {
      const draft = conversationDraft({ messages: [one, one], updatedAt: 5, createdAt: 5 });
      const created = await conversations.import("o", identity, draft);
      expect(created).toMatchObject({ state: "created", messages: 1 });
      const id = created.conversationId;
      await conversations.update("o", id, { label: "Mine" });
      const before = await conversations.get("o", id);
      expect(await conversations.import("o", identity, draft)).toEqual({
        state: "unchanged",
        conversationId: id,
        messages: 0,
      });
      expect(await conversations.get("o", id)).toEqual(before);
      const grown = conversationDraft({ messages: [one, two, two], label: "Theirs" });
      expect(await conversations.import("o", identity, grown)).toEqual({
        state: "extended",
        conversationId: id,
        messages: 1,
      });
      expect(await conversations.get("o", id)).toMatchObject({ label: "Mine", messageCount: 2 });
    },
  );
  check("an identity counts per source and per owner", async ({ conversations }) => {
    const draft = conversationDraft({ messages: [one] });
    await conversations.import("o", identity, draft);
    const elsewhere = await conversations.import("o", { ...identity, source: "claude" }, draft);
    expect(elsewhere.state).toBe("created");
    expect((await conversations.import("p", identity, draft)).state).toBe("created");
  });
  check("what was deleted can be imported again", async ({ conversations }) => {
    const draft = conversationDraft({ messages: [one] });
    const { conversationId } = await conversations.import("o", identity, draft);
    await conversations.delete("o", [conversationId]);
    expect((await conversations.import("o", identity, draft)).state).toBe("created");
  });
  describeRestoring(open);
}

function describeRestoring(open: StoresFactory): void {
  const check = testWith(open);
  check("a restored export is known by its ids under any source", async ({ conversations }) => {
    const draft = conversationDraft({ id: "c", messages: [turn("a", { id: "m1" })] });
    await conversations.create("o", draft);
    const grown = { ...draft, messages: [...draft.messages, turn("b", { id: "m2" })] };
    const first = await conversations.import("o", { source: "sekha", externalId: "c" }, draft);
    expect(first).toEqual({ state: "unchanged", conversationId: "c", messages: 0 });
    const second = await conversations.import("o", { source: "markdown", externalId: "c" }, grown);
    expect(second).toEqual({ state: "extended", conversationId: "c", messages: 1 });
  });
  check(
    "a message id that another conversation has loses no message and is known next time",
    async ({ conversations }) => {
      await conversations.create(
        "o",
        conversationDraft({ id: "a", messages: [turn("x", { id: "m" })] }),
      );
      const copy = conversationDraft({
        id: "b",
        messages: [turn("x", { id: "m" }), turn("y", { id: "n" })],
      });
      const outcome = await conversations.import("o", { source: "sekha", externalId: "b" }, copy);
      expect(outcome).toEqual({ state: "created", conversationId: "b", messages: 2 });
      const again = await conversations.import("o", { source: "sekha", externalId: "b" }, copy);
      expect(again.state).toBe("unchanged");
      expect((await conversations.message("o", "m")).conversation.id).toBe("a");
    },
  );
  check("a repeated message id within one file is taken once", async ({ conversations }) => {
    const draft = conversationDraft({
      id: "c",
      messages: [turn("a", { id: "m" }), turn("b", { id: "m" })],
    });
    const outcome = await conversations.import("o", { source: "sekha", externalId: "c" }, draft);
    expect(outcome.messages).toBeGreaterThan(0);
    expect(
      (await conversations.import("o", { source: "sekha", externalId: "c" }, draft)).state,
    ).toBe("unchanged");
  });
}
