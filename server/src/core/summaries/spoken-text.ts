import type { Message, Owner } from "../conversations/conversation.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";

const PAGE = 200;

export interface Positions {
  /** First and last position, both included. */
  first: number;
  last: number;
}

/** A conversation's messages in pages, so that any length fits into memory. Rejects with `not_found`. */
export async function* messagesBetween(
  store: Pick<ConversationStore, "messages">,
  owner: Owner,
  { id, first, last }: Positions & { id: string },
): AsyncGenerator<Message> {
  for (let offset = first; offset <= last; offset += PAGE) {
    const limit = Math.min(PAGE, last - offset + 1);
    const { items } = await store.messages(owner, id, { offset, limit });
    yield* items;
    if (items.length < limit) return;
  }
}

/** As a summary is made of it: `user: Where is the key?` */
export function spokenText({ role, name, content }: Message): string {
  return `${name ?? role}: ${content}`;
}

export function isSpoken({ content }: Message): boolean {
  return content.trim() !== "";
}
