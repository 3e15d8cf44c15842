import { stem } from "../search/porter-stemmer.ts";
import { splitWords } from "../search/query-terms.ts";
import { STOP_WORDS } from "../search/stop-words.ts";
import type { ContextCandidate } from "./context-types.ts";
import { compareAge } from "./near-duplicates.ts";

/** Of a longer message only the beginning is read. */
const LONGEST_TEXT = 4000;
const LONGEST_CLAUSE = 400;
/** Subjects of more clauses than this are not told apart. */
const MOST_CLAUSES = 24;
/** The share of subject words in common: for a new value or a word of change, and for both together. */
const LIKENESS = 0.6;
const LIKENESS_WITH_CUE = 0.34;
const LEAST_SHARED = 2;

/** Words that say that something is no longer as it was. */
const CUE =
  /\b(?:now|no longer|not anymore|any more|anymore|actually|instead|recently|updated?|changed?|moved|switched|replaced|renamed|rescheduled|postponed|extended|increased|decreased|raised|lowered|reduced|improved|reached|grown|became|these days|as of|correction|new(?:ly)?)\b/i;
const CUE_WORDS = new Set(
  `now longer anymore actually instead recently update updated change changed moved switched replaced renamed rescheduled
  postponed extended increased decreased raised lowered reduced improved reached grown became new newly`
    .split(/\s+/)
    .map(stem),
);
const MONTHS =
  "january february march april may june july august september october november december";
const DAYS = "monday tuesday wednesday thursday friday saturday sunday";
const CALENDAR = new Set(`${MONTHS} ${DAYS}`.split(" "));
/** Said by everyone about everything, so that sharing them makes no subject. */
const COMMON = new Set(
  `want need help try tri make sure use get go know think work like plan follow thing time way can one see let good
  currently look start add set complete project`
    .split(/\s+/)
    .map(stem),
);

interface Clause {
  subject: ReadonlySet<string>;
  values: ReadonlySet<string>;
  hasCue: boolean;
}

export interface Restatement {
  older: string;
  newer: string;
}

/**
 * Statements that a newer one of the same speaker replaces, as pairs of message ids; each older one at most once, with
 * the newest that replaces it. Pure, no model: two clauses speak of one subject when they share a word of the query
 * and enough other content words, and differ in their values (numbers, dates, names).
 *
 * Its limits: English; it reads words and knows no meaning, so that "my car is red" and "I drive a blue one" stay apart
 * (no shared words), and "I ran 5 km" and "I ran 8 km" are taken for one fact with a new value. A pair therefore
 * marks the older statement, and never drops it.
 */
export function findRestatements(
  candidates: readonly ContextCandidate[],
  queryStems: ReadonlySet<string>,
): Restatement[] {
  const asked = new Set([...queryStems].filter((one) => !COMMON.has(one)));
  if (asked.size === 0) return [];
  const spoken = candidates
    .toSorted(compareAge)
    .map((candidate) => ({
      candidate,
      clauses: clausesOf(candidate.message.content, asked),
    }))
    .filter(({ clauses }) => clauses.length > 0);
  return spoken.flatMap(({ candidate: older, clauses }, place): Restatement[] => {
    const newer = spoken
      .slice(place + 1)
      .findLast(
        (one) =>
          isSameSpeaker(one.candidate, older) &&
          clauses.some((before) => one.clauses.some((after) => restates(before, after))),
      );
    return newer === undefined
      ? []
      : [{ older: older.message.id, newer: newer.candidate.message.id }];
  });
}

function isSameSpeaker(one: ContextCandidate, other: ContextCandidate): boolean {
  const { role, name } = one.message;
  return role !== "assistant" && role === other.message.role && name === other.message.name;
}

function restates(before: Clause, after: Clause): boolean {
  const isNewValue = differ(before.values, after.values);
  const isChange = after.hasCue && !before.hasCue;
  if (!isNewValue && !isChange) return false;
  const shared = [...before.subject].filter((one) => after.subject.has(one)).length;
  const least = Math.min(before.subject.size, after.subject.size);
  const wanted = isNewValue && after.hasCue ? LIKENESS_WITH_CUE : LIKENESS;
  return shared >= LEAST_SHARED && shared / least >= wanted;
}

/** Each has a value that the other lacks. */
function differ(before: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  return (
    [...before].some((value) => !after.has(value)) && [...after].some((value) => !before.has(value))
  );
}

/** Clauses that speak of what the query asks. */
function clausesOf(text: string, asked: ReadonlySet<string>): Clause[] {
  return text
    .slice(0, LONGEST_TEXT)
    .split(/[.!?;](?=\s)|\n+|,\s+(?=(?:and|but|so|which|can|with|considering)\b)/)
    .slice(0, MOST_CLAUSES)
    .flatMap((piece): Clause[] => {
      const clause = clauseOf(piece.slice(0, LONGEST_CLAUSE));
      return [...asked].some((one) => clause.subject.has(one)) ? [clause] : [];
    });
}

function clauseOf(text: string): Clause {
  const values = valuesOf(text);
  const subject = new Set<string>();
  for (const word of splitWords(text)) {
    if (values.has(word) || STOP_WORDS.has(word) || /\d/.test(word) || word.length < 2) continue;
    const stemmed = stem(word);
    if (!CUE_WORDS.has(stemmed) && !COMMON.has(stemmed)) subject.add(stemmed);
  }
  return { subject, values, hasCue: CUE.test(text) };
}

/** Numbers, months, days and names (capitals inside a sentence), in lower case. */
function valuesOf(text: string): Set<string> {
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}.,:%'-]*/gu) ?? [];
  const values = new Set<string>();
  for (const [place, raw] of words.entries()) {
    const word = raw.replace(/[.,:'-]+$/, "");
    const small = word.toLowerCase();
    const isName = place > 0 && /^\p{Lu}\p{Ll}+/u.test(word);
    if (/\d/.test(word) || CALENDAR.has(small) || isName) values.add(small);
  }
  return values;
}
