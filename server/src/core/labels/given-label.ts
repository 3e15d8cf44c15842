import type { Message } from "../conversations/conversation.ts";
import { deriveLabel } from "../conversations/label.ts";
import { UNTITLED } from "../transfer/untitled.ts";

/** So many of a conversation's first messages tell whether its label was made from them. */
export const OPENING = 6;

/**
 * Whether somebody gave the label: it is not the title that Sekha makes of the first message, and says something. Titles
 * of other programs count as given.
 */
export function isGivenLabel(
  label: string,
  opening: readonly Pick<Message, "role" | "content">[],
): boolean {
  const name = label.trim();
  return name !== "" && name !== UNTITLED && name !== deriveLabel([...opening]);
}
