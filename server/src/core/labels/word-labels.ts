import type { Message } from "../conversations/conversation.ts";
import { stem } from "../search/porter-stemmer.ts";
import { splitWords } from "../search/query-terms.ts";
import { STOP_WORDS } from "../search/stop-words.ts";
import { hasUnspacedScript } from "../search/unspaced-scripts.ts";
import type { LabelSuggestion } from "./label-types.ts";

/** Longer ones are titles, not names of a subject. */
const MOST_WORDS = 5;
const MOST_CHARACTERS = 60;
/** Said once in passing, or so often that it is what the talk is about. */
const MENTIONED = 0.3;
const SAID_OFTEN = 0.6;
const OFTEN = 3;

/** Existing labels whose every word is said in the conversation. */
export function wordLabels(
  labels: readonly string[],
  messages: readonly Pick<Message, "content">[],
): LabelSuggestion[] {
  const said = messages.map(({ content }) => content).join("\n");
  const counts = countStems(said);
  const timesSaid = (word: string) =>
    hasUnspacedScript(word) ? said.split(word).length - 1 : (counts.get(stem(word)) ?? 0);
  return labels.flatMap((label): LabelSuggestion[] => {
    const words = contentWords(label);
    if (!isName(label, words)) return [];
    const rarest = Math.min(...words.map(timesSaid));
    if (rarest === 0) return [];
    return [
      {
        label,
        confidence: rarest >= OFTEN ? SAID_OFTEN : MENTIONED,
        isExisting: true,
        reason: `The conversation says “${words.join("” and “")}” ${times(rarest)}.`,
        sources: ["words"],
      },
    ];
  });
}

/** Whether a label reads as the name of a subject. */
export function isName(label: string, words: readonly string[] = contentWords(label)): boolean {
  return words.length > 0 && words.length <= MOST_WORDS && label.length <= MOST_CHARACTERS;
}

function contentWords(text: string): string[] {
  return [...new Set(splitWords(text).filter((word) => !STOP_WORDS.has(word)))];
}

function countStems(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of splitWords(text)) {
    const key = stem(word);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function times(count: number): string {
  if (count === 1) return "once";
  return count === 2 ? "twice" : `${count} times`;
}
