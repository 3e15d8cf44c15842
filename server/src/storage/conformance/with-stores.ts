import { test } from "vitest";
import type { ConversationDraft, MessageDraft } from "../../core/conversations/conversation.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";

/** `test` with an empty store of its own, closed whatever happens. */
export function testWith(open: StoresFactory) {
  return (title: string, body: (stores: OpenStores) => Promise<void>): void => {
    test(title, async () => {
      const stores = await open();
      try {
        await body(stores);
      } finally {
        await stores.close();
      }
    });
  };
}

export function conversationDraft(changes: Partial<ConversationDraft> = {}): ConversationDraft {
  return { label: "Talk", folder: "/", messages: [turn("hello there")], ...changes };
}

export function turn(content: string, changes: Partial<MessageDraft> = {}): MessageDraft {
  return { role: "user", content, ...changes };
}
