import { splitWords } from "../../server/src/core/search/query-terms.ts";
import { STOP_WORDS } from "../../server/src/core/search/stop-words.ts";
import type { Question } from "./data-sets.ts";

/** A message as a context shows it. */
export interface Shown {
  /** Of the set. */
  unit: string;
  /** All that was said. */
  said: string;
  /** What of it is quoted. */
  quoted: string;
  isExcerpt: boolean;
  /** Unit of the newer message that this one is marked as outdated by. */
  supersededBy: string | null;
}

export interface ContextMeasures {
  /** Shares of the gold messages: quoted whole; */
  whole: number;
  /** … whole or as an excerpt, whatever it holds; */
  quoted: number;
  /** … an excerpt counted as the share it holds of those words of the message that the set's answer has too. */
  answering: number;
}

export function measureContext(question: Question, shown: readonly Shown[]): ContextMeasures {
  const gold = new Set(question.gold);
  const found = shown.filter(({ unit }) => gold.has(unit));
  const answer = wordsOf(question.answer ?? "");
  const shareOf = (count: number) => count / gold.size;
  return {
    whole: shareOf(found.filter(({ isExcerpt }) => !isExcerpt).length),
    quoted: shareOf(found.length),
    answering: shareOf(found.reduce((sum, one) => sum + answeringShare(one, answer), 0)),
  };
}

/** Where the message has no word of the answer (it is an instruction, say): the share of its characters. */
function answeringShare({ said, quoted, isExcerpt }: Shown, answer: ReadonlySet<string>): number {
  if (!isExcerpt) return 1;
  const wanted = [...wordsOf(said)].filter((word) => answer.has(word));
  if (wanted.length === 0) return Math.min(1, quoted.length / said.length);
  const kept = wordsOf(quoted);
  return wanted.filter((word) => kept.has(word)).length / wanted.length;
}

function wordsOf(text: string): Set<string> {
  return new Set(splitWords(text).filter((word) => !STOP_WORDS.has(word)));
}

/** What became of a question about knowledge that changed. */
export interface UpdateMeasures {
  hasNewer: boolean;
  /** Null where the set names no older statement, or not both are there. */
  isMarked: boolean | null;
  /** Whether an older one is marked as outdated by whatever message. */
  isOutdated: boolean;
}

/**
 * The newer statements are the gold messages with a number of the answer in them, without any the last one; the older
 * ones are the gold messages before the first of these. Marked: an older one is called outdated by a message that holds
 * such a number, or is one of the newer.
 */
export function measureUpdate(
  question: Question,
  said: ReadonlyMap<string, string>,
  shown: readonly Shown[],
): UpdateMeasures {
  const { newer, older } = statementsOf(question, said);
  const present = new Set(shown.map(({ unit }) => unit));
  const hasNewer = newer.some((unit) => present.has(unit));
  const hasBoth = hasNewer && older.some((unit) => present.has(unit));
  const values = new Set(wordsWithDigits(question.answer ?? ""));
  const statesAnswer = (unit: string) =>
    newer.includes(unit) || wordsWithDigits(said.get(unit) ?? "").some((one) => values.has(one));
  const isMarked = shown.some(
    ({ unit, supersededBy }) =>
      older.includes(unit) && supersededBy !== null && statesAnswer(supersededBy),
  );
  const isOutdated = shown.some(
    ({ unit, supersededBy }) => older.includes(unit) && supersededBy !== null,
  );
  return { hasNewer, isMarked: hasBoth ? isMarked : null, isOutdated };
}

function statementsOf({ gold, answer }: Question, said: ReadonlyMap<string, string>) {
  const values = new Set(wordsWithDigits(answer ?? ""));
  const inOrder = [...said.keys()].filter((unit) => gold.includes(unit));
  const holding = inOrder.filter((unit) =>
    wordsWithDigits(said.get(unit) ?? "").some((word) => values.has(word)),
  );
  const newer = holding.length > 0 ? holding : inOrder.slice(-1);
  return { newer, older: inOrder.slice(0, inOrder.indexOf(newer[0] ?? "")) };
}

function wordsWithDigits(text: string): string[] {
  return text.toLowerCase().match(/\d[\d,.:]*\d|\d/g) ?? [];
}
