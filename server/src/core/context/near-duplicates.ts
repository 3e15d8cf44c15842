import type { ContextCandidate } from "./context-types.ts";
import { TextPrint } from "./text-print.ts";

/** Of longer texts the beginnings are compared. */
const COMPARED = 2000;
/** The share of three-word pieces that two near duplicates have in common. */
const LIKENESS = 0.8;
/** Below so many words only equal texts are the same: "yes, on Monday" is not "no, on Monday". */
const SHORTEST = 8;

interface Compared {
  candidate: ContextCandidate;
  print: TextPrint;
}

/**
 * Candidates that say the same as a newer one, by the id of the older: the newer's id. Texts that differ in a number
 * are never the same, since that is how facts change.
 */
export function nearDuplicates(candidates: readonly ContextCandidate[]): Map<string, string> {
  const newestFirst = candidates
    .map((candidate): Compared => {
      return { candidate, print: new TextPrint(candidate.message.content.slice(0, COMPARED)) };
    })
    .sort((one, other) => compareAge(other.candidate, one.candidate));
  const replaced = new Map<string, string>();
  const kept: Compared[] = [];
  for (const one of newestFirst) {
    const same = kept.find((newer) => isSame(newer, one));
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

function isSame(one: Compared, other: Compared): boolean {
  const { message } = one.candidate;
  const { role, name, content } = other.candidate.message;
  if (message.role !== role || message.name !== name) return false;
  const [length, otherLength] = [message.content.length, content.length];
  if (length < otherLength * LIKENESS || otherLength < length * LIKENESS) return false;
  if (one.print.hasWordsOf(other.print)) return true;
  if (Math.min(one.print.words, other.print.words) < SHORTEST) return false;
  return one.print.numbers === other.print.numbers && one.print.isLike(other.print, LIKENESS);
}
