import { expect } from "vitest";
import type { StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

/** Ids that a caller chose, so that a repeated request stores nothing twice. */
export function describeChosenIds(open: StoresFactory): void {
  const check = testWith(open);
  const id = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
  check("a chosen id is kept, and a second use of it is a conflict", async ({ conversations }) => {
    const draft = conversationDraft({ id, messages: [turn("one")] });
    expect((await conversations.create("o", draft)).conversation.id).toBe(id);
    await expect(conversations.create("o", draft)).rejects.toMatchObject({ code: "conflict" });
    await conversations.create("another", { ...draft, messages: [turn("theirs")] });
    expect((await conversations.messages("o", id, { limit: 9, offset: 0 })).total).toBe(1);
  });

  check("what is appended again under its key is left out", async ({ conversations }) => {
    const { conversation } = await conversations.create("o", conversationDraft({ messages: [] }));
    const first = turn("one", { id, importKey: id });
    const second = turn("two");
    await conversations.append("o", conversation.id, [first]);
    const again = await conversations.append("o", conversation.id, [first, second]);
    expect(again.skipped).toBe(1);
    const { items } = await conversations.messages("o", conversation.id, { limit: 9, offset: 0 });
    expect(items.map((message) => message.content)).toEqual(["one", "two"]);
    expect(items[0]?.id).toBe(id);
  });
}
