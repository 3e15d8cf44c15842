import { splitWords } from "../search/query-terms.ts";
import type { ContextCandidate } from "./context-types.ts";

/** Of longer texts the beginnings are compared. */
const COMPARED = 2000;
const SHINGLE = 3;
/** The share of three-word pieces that two near duplicates have in common. */
const LIKENESS = 0.8;
/** Below so many words only equal texts are the same: "yes, on Monday" is not "no, on Monday". */
const SHORTEST = 8;

interface Fingerprint {
  words: string;
  numbers: string;
  count: number;
  /** Characters of the whole text. */
  length: number;
  shingles: ReadonlySet<string>;
}

/**
 * Candidates that say the same as a newer one, by the id of the older: the newer's id. Texts that differ in a number
 * are never the same, since that is how facts change.
 */
export function nearDuplicates(candidates: readonly ContextCandidate[]): Map<string, string> {
  const newestFirst = candidates
    .map((candidate) => ({ candidate, print: fingerprintOf(candidate.message.content) }))
    .sort((one, other) => compareAge(other.candidate, one.candidate));
  const replaced = new Map<string, string>();
  const kept: typeof newestFirst = [];
  for (const one of newestFirst) {
    const same = kept.find(
      ({ candidate, print }) =>
        candidate.message.role === one.candidate.message.role &&
        candidate.message.name === one.candidate.message.name &&
        isSame(print, one.print),
    );
    if (same === undefined) kept.push(one);
    else replaced.set(one.candidate.message.id, same.candidate.message.id);
  }
  return replaced;
}

/** Negative where the first is older. */
export function compareAge(one: ContextCandidate, other: ContextCandidate): number {
  const difference = one.message.timestamp - other.message.timestamp;
  if (difference !== 0) return difference;
  if (one.conversation.id === other.conversation.id) {
    return one.message.position - other.message.position;
  }
  return one.conversation.id < other.conversation.id ? -1 : 1;
}

function fingerprintOf(text: string): Fingerprint {
  const words = splitWords(text.slice(0, COMPARED));
  const shingles = new Set<string>();
  for (let start = 0; start + SHINGLE <= words.length; start += 1) {
    shingles.add(words.slice(start, start + SHINGLE).join(" "));
  }
  return {
    words: words.length === 0 ? text : words.join(" "),
    numbers: words.filter((word) => /\d/.test(word)).join(" "),
    count: words.length,
    length: text.length,
    shingles,
  };
}

function isSame(one: Fingerprint, other: Fingerprint): boolean {
  const [shorter, longer] = [one.length, other.length].sort((a, b) => a - b);
  if ((shorter ?? 0) < (longer ?? 0) * LIKENESS) return false;
  if (one.words === other.words) return true;
  if (one.count < SHORTEST || other.count < SHORTEST || one.numbers !== other.numbers) return false;
  const [few, many] =
    one.shingles.size < other.shingles.size
      ? [one.shingles, other.shingles]
      : [other.shingles, one.shingles];
  if (few.size < many.size * LIKENESS) return false;
  let shared = 0;
  for (const shingle of few) if (many.has(shingle)) shared += 1;
  return shared / (few.size + many.size - shared) >= LIKENESS;
}
