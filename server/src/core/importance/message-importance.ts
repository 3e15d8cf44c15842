import type { MessageDraft } from "../conversations/conversation.ts";
import { type Importance, scoreImportance } from "./importance.ts";

/** Of a longer message its beginning is judged: storing must not wait for it. */
const JUDGED_CHARACTERS = 2000;
/** What an assistant says about a matter is mostly its own words; what raises it counts half. */
const ASSISTANT_SHARE = 0.5;
const UNREMARKABLE = 2.5;
/** They say nothing of their own. */
const SILENT_ROLES: ReadonlySet<string> = new Set(["system", "developer", "tool", "function"]);

type Spoken = Pick<MessageDraft, "role" | "content">;

/** How much one message is worth remembering, 1 to 10, by rules; null for what nobody said. */
export function judgeMessage({ role, content }: Spoken): Importance | null {
  const speaker = role.toLowerCase();
  if (SILENT_ROLES.has(speaker) || content.trim() === "") return null;
  const judged = scoreImportance(content.slice(0, JUDGED_CHARACTERS));
  if (speaker !== "assistant" || judged.score <= UNREMARKABLE) return judged;
  const raised = (judged.score - UNREMARKABLE) * ASSISTANT_SHARE;
  return { score: Math.round((UNREMARKABLE + raised) * 10) / 10, reasons: judged.reasons };
}

/**
 * A conversation is worth what its most important message is worth, so that appending can only raise it and needs no look
 * at what is stored already. Null when there is nothing to judge.
 */
export function importanceOf(messages: readonly Spoken[]): number | null {
  let highest: number | null = null;
  for (const message of messages) {
    const judged = judgeMessage(message);
    if (judged !== null) highest = Math.max(highest ?? 0, judged.score);
  }
  return highest;
}
