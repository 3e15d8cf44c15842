import { stem } from "./porter-stemmer.ts";
import { splitWords } from "./query-terms.ts";

const LENGTH = 240;
const WORD = /[\p{L}\p{N}\p{Co}]+/gu;

interface Match {
  start: number;
  end: number;
  stem: string;
}

/** A piece of a text, as offsets. */
export interface Passage {
  start: number;
  end: number;
}

function matchesIn(text: string, stems: ReadonlySet<string>): Match[] {
  const matches: Match[] = [];
  for (const found of text.matchAll(WORD)) {
    const [folded] = splitWords(found[0]);
    const stemmed = folded === undefined ? "" : stem(folded);
    if (!stems.has(stemmed)) continue;
    matches.push({ start: found.index, end: found.index + found[0].length, stem: stemmed });
    if (matches.length >= 200) break;
  }
  return matches;
}

/** The window that holds the most different words of the query, the earlier of equals. */
function bestStart(matches: readonly Match[], length: number): number {
  let best = { start: 0, words: 0 };
  for (const [index, match] of matches.entries()) {
    const inside = matches.slice(index).filter(({ end }) => end <= match.start + length);
    const words = new Set(inside.map((one) => one.stem)).size;
    if (words > best.words) best = { start: match.start, words };
  }
  return best.start;
}

/** Moves a cut to the nearest white space before it, within a word's length. */
function wordStart(text: string, at: number): number {
  if (at <= 0) return 0;
  const space = text.slice(Math.max(0, at - 24), at).search(/\s\S*$/u);
  return space === -1 ? at : Math.max(0, at - 24) + space + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const space = text.slice(at, at + 24).search(/\s/u);
  return space === -1 ? at : at + space;
}

/**
 * The passage that answers best, about 240 characters, matches between `**`. Without a match
 * it begins where the meaning matched.
 */
export function snippetOf(
  text: string,
  stems: ReadonlySet<string>,
  meaning: Passage | null,
): string {
  const matches = matchesIn(text, stems);
  const focus = matches.length > 0 ? bestStart(matches, LENGTH) - 40 : (meaning?.start ?? 0);
  const start = wordStart(text, Math.min(focus, Math.max(0, text.length - LENGTH)));
  const end = wordEnd(text, Math.min(text.length, start + LENGTH));
  let marked = "";
  let position = start;
  for (const match of matches.filter((one) => one.start >= start && one.end <= end)) {
    marked += `${text.slice(position, match.start)}**${text.slice(match.start, match.end)}**`;
    position = match.end;
  }
  const body = (marked + text.slice(position, end)).replace(/\s+/gu, " ").trim();
  return `${start > 0 ? "…" : ""}${body}${end < text.length ? "…" : ""}`.toWellFormed();
}
