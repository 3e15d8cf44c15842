import { createTermCounter, type PassageCounts } from "./window-evidence.ts";

/** What ranking asks of a text: how often each of these stems stands in its passages of so many characters. */
export interface TermCounting {
  stems: readonly string[];
  passageCharacters: number;
}

/** What ranking needs to know of a text, a hundredth of its size. */
export interface TextEvidence {
  passages: readonly PassageCounts[];
  /** See questionShare; 0 where no speaker is named, since it counts between people only. */
  questionShare: number;
}

/**
 * Reads texts for ranking. Pure, so that a store can do it where the text is and spare its way: a search
 * reads up to 64 texts, 100 KB and more.
 */
export function createTextReader({
  stems,
  passageCharacters,
}: TermCounting): (text: string, name: string | null) => TextEvidence {
  const countTerms = createTermCounter(stems, passageCharacters);
  return (text, name) => ({
    passages: countTerms(text),
    questionShare: name === null ? 0 : questionShare(text),
  });
}

/** The share of a text's characters that stand in questions, 0 to 1. */
export function questionShare(text: string): number {
  const sentences = text.match(/[^.!?\n]+[.!?\n]*/g) ?? [];
  const asked = sentences.filter((sentence) => sentence.includes("?")).join("").length;
  return asked === 0 ? 0 : asked / sentences.join("").length;
}
