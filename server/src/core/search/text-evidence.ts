import { createTermCounter, type PassageCounts } from "./window-evidence.ts";

/** What ranking asks of a text: how often each of these stems stands in its passages of so many characters. */
export interface TermCounting {
  stems: readonly string[];
  passageCharacters: number;
}

/** What ranking needs to know of a text, a hundredth of its size and quick to copy between threads. */
export interface TextEvidence {
  passages: number;
  /** For each passage and stem found there: the passage's place, the stem's place, how often. */
  found: readonly number[];
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
  return (text, name) => {
    const passages = countTerms(text);
    return {
      passages: passages.length,
      found: passages.flatMap((counts, place) => foundIn(counts, place)),
      questionShare: name === null ? 0 : questionShare(text),
    };
  };
}

/** The counts of each passage, of so many stems. */
export function passagesOf({ passages, found }: TextEvidence, stems: number): PassageCounts[] {
  const counts = Array.from({ length: passages }, (): number[] | undefined => undefined);
  for (let at = 0; at < found.length; at += 3) {
    const place = found[at] ?? 0;
    const passage = counts[place] ?? new Array<number>(stems).fill(0);
    passage[found[at + 1] ?? 0] = found[at + 2] ?? 0;
    counts[place] = passage;
  }
  return counts;
}

function foundIn(counts: PassageCounts, place: number): number[] {
  return (counts ?? []).flatMap((count, column) => (count === 0 ? [] : [place, column, count]));
}

/** The share of a text's characters that stand in questions, 0 to 1. */
export function questionShare(text: string): number {
  const sentences = text.match(/[^.!?\n]+[.!?\n]*/g) ?? [];
  const asked = sentences.filter((sentence) => sentence.includes("?")).join("").length;
  return asked === 0 ? 0 : asked / sentences.join("").length;
}
