import type { MessageDraft } from "../conversations/conversation.ts";
import { scoreImportance } from "./importance.ts";

/** Of a longer message its beginning is judged: storing must not wait for it. */
const JUDGED_CHARACTERS = 600;
/** What an assistant says answers what somebody said; the others say nothing of their own. */
const UNJUDGED_ROLES: ReadonlySet<string> = new Set(
  "assistant system developer tool function model bot ai".split(" "),
);

/**
 * How much messages are worth remembering, 1 to 10, by rules: what the most important thing is worth that a person said
 * in them. So appending can only raise a conversation's importance and needs no look at what is stored already. Null
 * when no person said anything.
 */
export function importanceOf(
  messages: readonly Pick<MessageDraft, "role" | "content">[],
): number | null {
  let highest: number | null = null;
  for (const { role, content } of messages) {
    if (!saysSomethingOfItsOwn(role, content)) continue;
    highest = Math.max(highest ?? 0, scoreImportance(content.slice(0, JUDGED_CHARACTERS)).score);
  }
  return highest;
}

/** Whether a person says something here. */
export function saysSomethingOfItsOwn(role: string, content: string): boolean {
  return !UNJUDGED_ROLES.has(role.toLowerCase()) && content.trim() !== "";
}
