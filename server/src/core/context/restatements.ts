import { STOP_WORDS } from "../search/stop-words.ts";
import { askedKinds } from "./asked-kinds.ts";
import type { ContextCandidate } from "./context-types.ts";
import { compareAge } from "./near-duplicates.ts";
import {
  BARE,
  isOfQuery,
  type StatedValue,
  saysChange,
  statedValues,
  stemsOf,
} from "./stated-values.ts";
import { GENERAL } from "./value-phrases.ts";

/** How many of the query's words the surroundings of two values share, and what share of them: … */
const SHARED = 3;
const SHARE = 0.3;
/** … or so many that are the most of a short query where the newer one speaks of a change, and all of it where not. */
const LEAST_SHARED = 2;
const MOST = 0.5;
/** Of two short sentences that differ in a name or an end: the share of the words they have in common. */
const LIKENESS = 0.65;
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
  /** Those that are said to be new, or that nobody stated before. */
  news: readonly StatedValue[];
  /** All values of the text. */
  stated: ReadonlySet<string>;
  sentences: readonly { words: ReadonlySet<string>; hasCue: boolean }[];
}

export interface Restatement {
  older: string;
  newer: string;
}

export interface Query {
  text: string;
  stems: ReadonlySet<string>;
}

/**
 * Statements that a newer one of the same speaker replaces, as pairs of message ids; each older one at most once, with
 * the newest that replaces it. Pure, no model. Two messages state one thing anew when each states another value of one
 * kind that the query asks for (money, a share, a number of the same things; a date or a time only where the newer one
 * speaks of a change), a word of the query names both, none of these words is of another sort ("car fund", "emergency
 * fund"), and what stands around both holds enough of the query; or when two short sentences say nearly the same and
 * the newer one speaks of a change.
 *
 * Only what the query asks is looked at: that a person's rent rose is no news for a question about their cat.
 * Its limits: English, less of German, French and Spanish; it reads words and knows no meaning, so that "my car is red"
 * and "I drive a blue one" stay apart (no shared words), and the budgets of two parties may be taken for one. A pair
 * therefore marks the older statement, and never drops it.
 */
export function findRestatements(
  candidates: readonly ContextCandidate[],
  query: Query,
): Restatement[] {
  const asked = without(without(query.stems, COMMON), GENERAL);
  if (asked.size === 0) return [];
  const isAsked = askedKinds(query.text);
  const spoken = candidates
    .filter(({ message }) => message.role !== "assistant" && message.role !== "summary")
    .toSorted(compareAge)
    .map((candidate) => readingOf(candidate, asked, isAsked));
  noteNews(spoken);
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

function readingOf(
  candidate: ContextCandidate,
  asked: ReadonlySet<string>,
  isAsked: (kind: string) => boolean,
): Said {
  const { content } = candidate.message;
  const values = statedValues(content);
  return {
    candidate,
    values: values.filter(
      ({ kind, around }) =>
        isAsked(kind) && isOfQuery(kind, asked) && common(around, asked).size > 0,
    ),
    news: [],
    stated: new Set(values.map(keyOf)),
    sentences: shortSentences(content).filter(({ words }) => common(words, asked).size > 0),
  };
}

/** Who says again what was said before an older statement does not replace it. */
function noteNews(inOrder: readonly Said[]): void {
  const known = new Set<string>();
  for (const one of inOrder) {
    one.news = one.values.filter((value) => value.hasCue || !known.has(keyOf(value)));
    for (const stated of one.stated) known.add(stated);
  }
}

function keyOf({ kind, value }: StatedValue): string {
  return `${kind} ${value}`;
}

/** Those without a number; what numbers say is compared as values. */
function shortSentences(text: string): { words: Set<string>; hasCue: boolean }[] {
  return text
    .slice(0, LONGEST_TEXT)
    .split(/[.!?;](?=\s|$)|\n+/)
    .slice(0, MOST_SENTENCES)
    .filter((sentence) => sentence.length <= SHORT_SENTENCE && !/\d/.test(sentence))
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
    newer.news
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
    isSameKind(before, after) &&
    before.value !== after.value &&
    !newer.stated.has(keyOf(before)) &&
    !older.stated.has(keyOf(after))
  );
}

/** A bare number is of what the other counts, if it says so. */
function isSameKind(before: StatedValue, after: StatedValue): boolean {
  return before.kind === after.kind || (after.kind === BARE && after.around.has(before.kind));
}

/** "Emergency fund" and "car fund". */
function isOtherSort(word: string, before: StatedValue, after: StatedValue): boolean {
  const [one, other] = [before.qualifiers.get(word), after.qualifiers.get(word)];
  return one !== undefined && other !== undefined && areApart(one, other);
}

/** A word of the query names both, which for numbers is not just what they count, and both are for one time. */
function isOneThing(before: StatedValue, after: StatedValue, asked: ReadonlySet<string>): boolean {
  const named = common(common(before.head, after.head), asked);
  if (!after.hasCue) named.delete(after.kind);
  const isOfOtherTime = after.kind !== "date" && areApart(before.periods, after.periods);
  return named.size > 0 && !isOfOtherTime;
}

function areApart(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size > 0 && other.size > 0 && common(one, other).size === 0;
}

function sharedAround(before: StatedValue, after: StatedValue, asked: ReadonlySet<string>): number {
  // Many things have a date or a time, and happen again at another.
  const isEvent = after.kind === "date" || after.kind === "time";
  if ((isEvent && !after.hasCue) || !isOneThing(before, after, asked)) return 0;
  const words = common(common(before.around, after.around), asked);
  if ([...words].some((word) => isOtherSort(word, before, after))) return 0;
  const { size } = words;
  const isMuch = size >= SHARED && size >= asked.size * SHARE;
  const isMost = size >= LEAST_SHARED && size > asked.size * MOST;
  return isMuch || (isMost && (after.hasCue || size === asked.size)) ? size : 0;
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
  const isEnough = ofQuery >= LEAST_SHARED && ofQuery >= asked.size * MOST;
  return likeness >= LIKENESS && isEnough ? ofQuery : 0;
}

function common(one: ReadonlySet<string>, other: ReadonlySet<string>): Set<string> {
  return new Set([...one].filter((word) => other.has(word)));
}

function without(words: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...words].filter((word) => !others.has(word)));
}
