import { stem } from "./porter-stemmer.ts";
import { findQueryDate, type QueryDate } from "./query-dates.ts";
import { STOP_WORDS } from "./stop-words.ts";
import { hasUnspacedScript, overlappingPieces, WORD } from "./unspaced-scripts.ts";

export type QueryTerm = {
  /** The word as the user typed it, lower case, without diacritics: what the FTS5 query is made of. */
  readonly word: string;
  readonly stem: string;
};

export type CleanQuery = {
  /** The content words, one per stem, without stop words and, if anything else is left, without speakers' names. */
  readonly terms: readonly QueryTerm[];
  /** What full-text search is asked for: the terms' words, and runs of unspaced script whole. */
  readonly words: readonly string[];
  /** The words of known speakers' names that the query mentions. */
  readonly speakers: ReadonlySet<string>;
  /** Whether the query is about what the assistant said ("what did you recommend"), not about the user. */
  readonly asksAssistant: boolean;
  readonly date: QueryDate | undefined;
};

export type QueryContext = {
  /** The words (see `splitWords`) of all names that messages of this memory carry. */
  readonly speakerWords: ReadonlySet<string>;
  /** Milliseconds since the epoch; without it "last week" is not understood. */
  readonly now?: number;
};

/** Of a query that is a whole document, its first so many different words are looked for. */
const MAXIMUM_TERMS = 64;

const ASKS_ASSISTANT =
  /\b(?:did|had|were) you\b|\byou(?:'ve| have| had)? (?:\w+ly )?(?:suggested|recommended|said|told|advised|explained|mentioned|gave|given|provided|proposed|listed|wrote|described|offered|outlined|showed|made|helped)\b|\byour (?:\w+ )?(?:suggestion|recommendation|advice|answer|reply|response|explanation|proposal)s?\b/i;

/** Takes a question or a few keywords apart. Never fails; a query of stop words alone keeps them all. */
export function cleanQuery(text: string, context: QueryContext): CleanQuery {
  const words = splitWords(text);
  const speakers = findSpeakers(text, context.speakerWords);
  const content = words.filter((word) => !STOP_WORDS.has(word));
  const withoutSpeakers = content.filter((word) => !speakers.has(word));
  const chosen = [withoutSpeakers, content, words].find((list) => list.length > 0) ?? [];
  return {
    terms: uniqueTerms(chosen),
    words: [...new Set(chosen)].slice(0, MAXIMUM_TERMS),
    speakers,
    asksAssistant: ASKS_ASSISTANT.test(text),
    date: findQueryDate(text, context.now),
  };
}

/**
 * Words as FTS5's `unicode61 remove_diacritics 2` cuts them: runs of letters and digits, folded. Runs of unspaced
 * scripts stand apart and keep their marks, as the trigram index has them.
 */
export function splitWords(text: string): string[] {
  return foldText(text).toLowerCase().match(WORD) ?? [];
}

/** Words; where no space separates them, every two characters stand for one. */
export function splitTerms(text: string): string[] {
  return splitWords(text).flatMap(pieces);
}

/** Removes diacritics, and leaves a text without any as it is. */
export function foldText(text: string): string {
  if (!/[\u00c0-\u036f\u1e00-\u1fff]/.test(text)) return text;
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC");
}

/** A name counts unless it is typed small in a query with capitals: "mark" and "will" are verbs too. */
function findSpeakers(text: string, speakerWords: ReadonlySet<string>): Set<string> {
  const hasCapitals = /\p{Lu}/u.test(text);
  const written = foldText(text).match(WORD) ?? [];
  const named = written.filter((word) => !hasCapitals || !/^\p{Ll}/u.test(word));
  return new Set(named.map((word) => word.toLowerCase()).filter((word) => speakerWords.has(word)));
}

function uniqueTerms(words: readonly string[]): QueryTerm[] {
  const byStem = new Map<string, QueryTerm>();
  for (const word of words.flatMap(pieces)) {
    const stemmed = stem(word);
    if (!byStem.has(stemmed)) byStem.set(stemmed, { word, stem: stemmed });
    if (byStem.size === MAXIMUM_TERMS) break;
  }
  return [...byStem.values()];
}

function pieces(word: string): string[] {
  return hasUnspacedScript(word) ? overlappingPieces(word, 2) : [word];
}
