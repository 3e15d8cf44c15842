import { STOP_WORDS } from "../search/stop-words.ts";
import type { ContextCandidate } from "./context-types.ts";
import { compareAge } from "./near-duplicates.ts";
import { isOfQuery, type StatedValue, saysChange, statedValues, stemsOf } from "./stated-values.ts";

/** How many of the query's words the surroundings of two values share: where the newer one speaks of a change … */
const SHARED_WITH_CUE = 2;
/** … and where it does not. */
const SHARED = 3;
/** A long query shares some words with everything: at least this share of them. */
const QUERY_SHARE = 0.25;
/** Of two short sentences that differ in a name or an end: the share of the words they have in common. */
const LIKENESS = 0.6;
/** Longer sentences say several things. */
const SHORT_SENTENCE = 100;
const MOST_SENTENCES = 24;
const LONGEST_TEXT = 4000;
/** Said by everyone about everything, so that sharing them makes no subject. */
const COMMON = stemsOf(
  `want need help try make sure use get go know think work like plan follow thing way can one see let good
  currently look start add set complete`,
);

interface Said {
  candidate: ContextCandidate;
  values: readonly StatedValue[];
  /** All values of the text. */
  stated: ReadonlySet<string>;
  sentences: readonly { words: ReadonlySet<string>; hasCue: boolean }[];
}

export interface Restatement {
  older: string;
  newer: string;
}

/**
 * Statements that a newer one of the same speaker replaces, as pairs of message ids; each older one at most once, with
 * the newest that replaces it. Pure, no model. Two messages state one thing anew when each states another value of the
 * same kind (money, a share, a time, a date, a number of the same things) and what stands around both holds the same
 * words of the query; or when two short sentences say nearly the same and the newer one speaks of a change.
 *
 * Only what the query asks is looked at: that a person's rent rose is no news for a question about their cat.
 * Its limits: English, less of German, French and Spanish; it reads words and knows no meaning, so that "my car is red" and "I drive a blue one" stay apart
 * (no shared words), and two meetings with the same people may be taken for one that was moved. A pair therefore marks
 * the older statement, and never drops it.
 */
export function findRestatements(
  candidates: readonly ContextCandidate[],
  queryStems: ReadonlySet<string>,
): Restatement[] {
  const asked = without(queryStems, COMMON);
  if (asked.size === 0) return [];
  const spoken = candidates
    .filter(({ message }) => message.role !== "assistant" && message.role !== "summary")
    .toSorted(compareAge)
    .map((candidate) => readingOf(candidate, asked));
  return spoken.flatMap((older, place): Restatement[] => {
    const newer = bestOf(
      spoken.slice(place + 1).filter((one) => isSameSpeaker(one, older)),
      (one) => sharedBy(older, one, asked),
    );
    return newer === null
      ? []
      : [{ older: older.candidate.message.id, newer: newer.candidate.message.id }];
  });
}

/** The one with the highest number above 0, the last of equals. */
function bestOf(said: readonly Said[], numberOf: (one: Said) => number): Said | null {
  let best: Said | null = null;
  let highest = 1;
  for (const one of said) {
    const number = numberOf(one);
    if (number < highest) continue;
    highest = number;
    best = one;
  }
  return best;
}

function readingOf(candidate: ContextCandidate, asked: ReadonlySet<string>): Said {
  const { content } = candidate.message;
  const values = statedValues(content);
  return {
    candidate,
    values: values.filter(
      ({ kind, around }) => isOfQuery(kind, asked) && common(around, asked).size > 0,
    ),
    stated: new Set(values.map(({ kind, value }) => `${kind} ${value}`)),
    sentences: shortSentences(content).filter(({ words }) => common(words, asked).size > 0),
  };
}

function shortSentences(text: string): { words: Set<string>; hasCue: boolean }[] {
  return text
    .slice(0, LONGEST_TEXT)
    .split(/[.!?;](?=\s|$)|\n+/)
    .slice(0, MOST_SENTENCES)
    .filter((sentence) => sentence.length <= SHORT_SENTENCE)
    .map((sentence) => ({
      words: without(stemsOf(sentence), STOP_WORDS),
      hasCue: saysChange(sentence),
    }));
}

function isSameSpeaker(one: Said, other: Said): boolean {
  const { role, name } = one.candidate.message;
  const { message } = other.candidate;
  return role === message.role && name === message.name;
}

/** How many of the query's words the two say one thing anew about; 0 where they do not. */
function sharedBy(older: Said, newer: Said, asked: ReadonlySet<string>): number {
  const values = older.values.flatMap((before) =>
    newer.values
      .filter((after) => isOtherValue(before, after, { older, newer }))
      .map((after) => sharedAround(before, after, asked)),
  );
  const sentences = older.sentences.flatMap((before) =>
    newer.sentences.map((after) => sharedInSentences(before, after, asked)),
  );
  return Math.max(0, ...values, ...sentences);
}

/** Of the same kind, and neither message states the other's too. */
function isOtherValue(
  before: StatedValue,
  after: StatedValue,
  { older, newer }: { older: Said; newer: Said },
): boolean {
  return (
    before.kind === after.kind &&
    before.value !== after.value &&
    !newer.stated.has(`${before.kind} ${before.value}`) &&
    !older.stated.has(`${after.kind} ${after.value}`)
  );
}

function sharedAround(before: StatedValue, after: StatedValue, asked: ReadonlySet<string>): number {
  // Many things have a date, and happen again on another; shares are of many things too.
  if (after.kind === "date" && !after.hasCue) return 0;
  const shared = common(common(before.around, after.around), asked).size;
  const isVague = after.kind === "date" || after.kind === "share";
  const wanted = after.hasCue && !isVague ? SHARED_WITH_CUE : SHARED;
  return shared >= leastShared(wanted, asked) ? shared : 0;
}

function sharedInSentences(
  before: Said["sentences"][number],
  after: Said["sentences"][number],
  asked: ReadonlySet<string>,
): number {
  if (before.hasCue || !after.hasCue) return 0;
  const shared = common(before.words, after.words);
  const likeness = shared.size / Math.min(before.words.size, after.words.size);
  const ofQuery = common(shared, asked).size;
  return likeness >= LIKENESS && ofQuery >= leastShared(SHARED_WITH_CUE, asked) ? ofQuery : 0;
}

/** A query of fewer words cannot share more. */
function leastShared(wanted: number, asked: ReadonlySet<string>): number {
  return Math.min(asked.size, Math.max(wanted, Math.ceil(asked.size * QUERY_SHARE)));
}

function common(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((word) => other.has(word)));
}

function without(words: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...words].filter((word) => !others.has(word)));
}
