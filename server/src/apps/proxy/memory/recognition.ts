import type { FoundConversation, ProxyConversation } from "../../../core/ports/proxy-store.ts";
import type { HistoryTurn } from "./turn-history.ts";

/** Which conversation a request goes on with. */
export type Recognition =
  /** Turns up to `known` (exclusive) are recognised by their pairs, since the beginning of the history is missing. */
  | { kind: "continued"; conversation: ProxyConversation; known: number }
  /** Another way from a place in a known conversation: a conversation of its own, which shares turns up to `shared`. */
  | { kind: "branched"; from: ProxyConversation; shared: number }
  | { kind: "new" };

/** The same first message said again after so long begins a conversation; before, it asks for another answer. */
const REPEATED_AFTER_MS = 60 * 60 * 1000;

/**
 * Recognises the conversation of a history by what was found for it. What goes on from the tip of a conversation
 * belongs to it; what goes on from elsewhere branches off, so that two conversations with one beginning stay two.
 */
export function recognise(
  history: readonly HistoryTurn[],
  found: {
    byHistory: FoundConversation | null;
    byWindow: FoundConversation | null;
    now: number;
  },
): Recognition {
  const { byHistory, byWindow, now } = found;
  if (byHistory !== null) {
    const { conversation } = byHistory;
    const isRepeated =
      !history.some(({ turn }) => turn.role === "assistant") &&
      now - conversation.touchedAt > REPEATED_AFTER_MS;
    if (isRepeated) return { kind: "new" };
    if (history.some(({ hash }) => hash === conversation.tip)) {
      return { kind: "continued", conversation, known: 0 };
    }
  }
  if (byWindow !== null && isSureOfWindow(history, byHistory, byWindow)) {
    return { kind: "continued", conversation: byWindow.conversation, known: byWindow.place + 1 };
  }
  if (byHistory === null) return { kind: "new" };
  return { kind: "branched", from: byHistory.conversation, shared: byHistory.place + 1 };
}

/** The last turns speak for a conversation unless the beginning, with an answer in it, speaks for another. */
function isSureOfWindow(
  history: readonly HistoryTurn[],
  byHistory: FoundConversation | null,
  byWindow: FoundConversation,
): boolean {
  if (byHistory === null || byHistory.conversation.id === byWindow.conversation.id) return true;
  const shared = history.slice(0, byHistory.place + 1);
  return !shared.some(({ turn }) => turn.role === "assistant");
}
