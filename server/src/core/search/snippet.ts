import { stem } from "./porter-stemmer.ts";
import { foldText } from "./query-terms.ts";
import { hasUnspacedScript, WORD } from "./unspaced-scripts.ts";

const LENGTH = 240;
/** Text before the first match, to read it in context. */
const LEAD = 40;
/** How far a cut moves to stand between two words. */
const LONGEST_WORD = 24;
/** Of a longer text only the surroundings of its best passage are read: 10 ms on the main thread. */
const LONGEST_TEXT = 100_000;
/** Of a text full of the query's words, the first matches decide. */
const MAXIMUM_MATCHES = 200;

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

/**
 * The passage that answers best, about 240 characters, matches between `**`. Without a match
 * it begins where the meaning matched.
 */
export function snippetOf(
  text: string,
  stems: ReadonlySet<string>,
  meaning: Passage | null,
): string {
  if (text.length > LONGEST_TEXT) {
    const from = characterStart(text, Math.max(0, (meaning?.start ?? 0) - LONGEST_TEXT / 2));
    const part = text.slice(from, from + LONGEST_TEXT);
    const inside = meaning && { start: meaning.start - from, end: meaning.end - from };
    return `${from > 0 ? "…" : ""}${snippetOf(part, stems, inside)}`;
  }
  const matches = matchesIn(text, stems);
  const focus = focusOf(matches, stems.size, meaning);
  const from = Math.max(0, Math.min(focus, text.length - LENGTH));
  const start = wordStart(text, from);
  const end = wordEnd(text, Math.min(text.length, from + LENGTH));
  let marked = "";
  let position = start;
  for (const span of joined(matches.filter((one) => one.start >= start && one.end <= end))) {
    marked += `${text.slice(position, span.start)}**${text.slice(span.start, span.end)}**`;
    position = span.end;
  }
  const body = (marked + text.slice(position, end)).replace(/\s+/gu, " ").trim();
  return `${start > 0 ? "…" : ""}${body}${end < text.length ? "…" : ""}`.toWellFormed();
}

function matchesIn(text: string, stems: ReadonlySet<string>): Match[] {
  const matches: Match[] = [];
  if (stems.size === 0) return matches;
  const initials = new Set([...stems].map((one) => one.charAt(0)));
  for (const { 0: word, index } of text.matchAll(WORD)) {
    // Most words differ in their first letter; only folding could change one that is not ASCII.
    const initial = word.charAt(0).toLowerCase();
    if (initial < "\u0080" && !initials.has(initial)) continue;
    matches.push(...matchesInWord(word, index, stems));
    if (matches.length >= MAXIMUM_MATCHES) break;
  }
  return matches;
}

function matchesInWord(word: string, start: number, stems: ReadonlySet<string>): Match[] {
  if (hasUnspacedScript(word)) return piecesIn(word, start, stems);
  const stemmed = stem(foldText(word).toLowerCase());
  return stems.has(stemmed) ? [{ start, end: start + word.length, stem: stemmed }] : [];
}

/** Where no space separates words, the query's terms are pieces of one or two characters. */
function piecesIn(run: string, start: number, stems: ReadonlySet<string>): Match[] {
  const matches: Match[] = [];
  let before = "";
  let at = start;
  for (const character of run) {
    for (const piece of [before + character, character]) {
      if (!stems.has(piece)) continue;
      matches.push({
        start: at + character.length - piece.length,
        end: at + character.length,
        stem: piece,
      });
      break;
    }
    if (matches.length >= MAXIMUM_MATCHES) break;
    before = character;
    at += character.length;
  }
  return matches;
}

/** Words that cover little of the query must not lead away from where the meaning matched. */
function focusOf(matches: readonly Match[], words: number, meaning: Passage | null): number {
  const best = bestStart(matches);
  if (best.words * 2 >= words && best.words > 0) return best.start - LEAD;
  if (meaning === null) return Math.max(0, best.start - LEAD);
  const inside = bestStart(
    matches.filter(({ start, end }) => start >= meaning.start && end <= meaning.end),
  );
  return inside.words > 0 ? Math.max(meaning.start, inside.start - LEAD) : meaning.start;
}

/** Where the passage begins that holds the most different words of the query, the earlier of equals. */
function bestStart(matches: readonly Match[]): { start: number; words: number } {
  let best = { start: 0, words: 0 };
  for (const [index, match] of matches.entries()) {
    const inside = matches.slice(index).filter(({ end }) => end <= match.start + LENGTH - LEAD);
    const words = new Set(inside.map((one) => one.stem)).size;
    if (words > best.words) best = { start: match.start, words };
  }
  return best;
}

/** Matches that touch, as one. */
function joined(matches: readonly Match[]): Passage[] {
  const spans: Passage[] = [];
  for (const { start, end } of matches) {
    const last = spans.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}

/** Moves a cut to the nearest white space before it, within a word's length. */
function wordStart(text: string, at: number): number {
  if (at <= 0) return 0;
  const from = Math.max(0, at - LONGEST_WORD);
  const space = text.slice(from, at).search(/\s\S*$/u);
  return space === -1 ? characterStart(text, at) : from + space + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const space = text.slice(at, at + LONGEST_WORD).search(/\s/u);
  return space === -1 ? characterStart(text, at) : at + space;
}

/** A cut between the halves of a surrogate pair moves before the pair. */
function characterStart(text: string, at: number): number {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) ? at - 1 : at;
}
