import type { ConversationStore } from "../ports/conversation-store.ts";
import type { Message, Owner } from "./conversation.ts";

type Spoken = Pick<Message, "role" | "content">;

/** What is read of a conversation to judge it, so that the cost of a model is bounded: about 3,000 tokens. */
const FIRST_MESSAGES = 10;
const LAST_MESSAGES = 40;
const MESSAGE_CHARACTERS = 1500;
const FIRST_CHARACTERS = 3000;
const LAST_CHARACTERS = 9000;

/** The beginning and the end of a conversation. Rejects with `not_found`. */
export async function readBothEnds(
  store: Pick<ConversationStore, "messages">,
  owner: Owner,
  id: string,
): Promise<Message[]> {
  const first = await store.messages(owner, id, { limit: FIRST_MESSAGES, offset: 0 });
  const offset = Math.max(FIRST_MESSAGES, first.total - LAST_MESSAGES);
  if (offset >= first.total) return first.items;
  const last = await store.messages(owner, id, { limit: LAST_MESSAGES, offset });
  return [...first.items, ...last.items];
}

/** As a model reads it, with a mark where something is left out. */
export function excerptOf(messages: readonly Spoken[]): string {
  const text = messages.map(({ role, content }) => `${role}: ${shortened(content)}`).join("\n\n");
  if (text.length <= FIRST_CHARACTERS + LAST_CHARACTERS) return text;
  return `${text.slice(0, FIRST_CHARACTERS)}\n[…]\n${text.slice(-LAST_CHARACTERS)}`;
}

function shortened(content: string): string {
  return content.length <= MESSAGE_CHARACTERS
    ? content
    : `${content.slice(0, MESSAGE_CHARACTERS)} […]`;
}
