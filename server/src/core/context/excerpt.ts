import { stem } from "../search/porter-stemmer.ts";
import { splitTerms } from "../search/query-terms.ts";

/** Of a longer text only its beginning is looked at. */
const LONGEST_TEXT = 30_000;
const PASSAGE = 240;
/** The beginning says what a message is about. */
const BEGINNING_BONUS = 0.5;
const GAP = " […] ";

interface Passage {
  start: number;
  end: number;
  score: number;
}

/**
 * The passages of a long text that hold most of the query's words, in their order, with `[…]` where something is left
 * out; about `length` characters. Without a word of the query: its beginning.
 */
export function excerptOf(text: string, stems: ReadonlySet<string>, length: number): string {
  const whole = text.slice(0, LONGEST_TEXT).toWellFormed();
  const passages = scored(whole, stems);
  const chosen: Passage[] = [];
  let used = 0;
  for (const passage of passages.toSorted((one, other) => other.score - one.score)) {
    const size = passage.end - passage.start;
    if (used > 0 && (passage.score === 0 || used + size > length)) continue;
    chosen.push(passage);
    used += size;
  }
  chosen.sort((one, other) => one.start - other.start);
  return joined(whole, chosen, text.length);
}

function joined(text: string, chosen: readonly Passage[], fullLength: number): string {
  let result = "";
  let at = 0;
  for (const { start, end } of chosen) {
    if (start > at) result = result === "" ? "[…] " : result.trimEnd() + GAP;
    result += text.slice(start, end);
    at = end;
  }
  return at < fullLength ? `${result.trimEnd()} […]` : result.trim();
}

function scored(text: string, stems: ReadonlySet<string>): Passage[] {
  const passages = passagesOf(text);
  const found = passages.map(({ start, end }) => stemsIn(text.slice(start, end), stems));
  const weights = new Map(
    [...stems].map((one) => {
      const containing = found.filter((inside) => inside.has(one)).length;
      return [one, Math.log(1 + passages.length / Math.max(1, containing))];
    }),
  );
  return passages.map((passage, place) => {
    const words = [...(found[place] ?? [])].reduce((sum, one) => sum + (weights.get(one) ?? 0), 0);
    return { ...passage, score: words + (place === 0 ? BEGINNING_BONUS : 0) };
  });
}

function stemsIn(text: string, stems: ReadonlySet<string>): Set<string> {
  return new Set(
    splitTerms(text)
      .map(stem)
      .filter((one) => stems.has(one)),
  );
}

/** Sentences and lines, short ones together, none much above 240 characters. */
function passagesOf(text: string): { start: number; end: number }[] {
  const passages: { start: number; end: number }[] = [];
  let start = 0;
  let end = 0;
  for (const { index, 0: piece } of text.matchAll(
    /[^\n.!?。！？]{0,240}(?:[.!?]+(?=\s|$)\s*|[。！？]+|\n+|.|$)/gsu,
  )) {
    if (piece === "") continue;
    const stop = index + piece.length;
    if (stop - start > PASSAGE && end > start) {
      passages.push({ start, end });
      start = end;
    }
    end = stop;
  }
  if (end > start) passages.push({ start, end });
  return passages;
}
