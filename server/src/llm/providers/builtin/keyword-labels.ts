import { stem } from "../../../core/search/porter-stemmer.ts";
import { foldText, splitWords } from "../../../core/search/query-terms.ts";
import { STOP_WORDS } from "../../../core/search/stop-words.ts";
import { hasUnspacedScript } from "../../../core/search/unspaced-scripts.ts";
import { splitSentences } from "../../../core/text/sentences.ts";
import { hasContent } from "./content-stems.ts";
import { functionWordsOf } from "./function-words.ts";

export interface KeywordLabel {
  /** As the text writes it most often. */
  text: string;
  /** 0 to 1; 1 for the strongest of this text. */
  confidence: number;
}

interface Phrase {
  /** Spellings by how often they occur. */
  spellings: Map<string, number>;
  stems: readonly string[];
  count: number;
  /** Number of the sentence that has it first. */
  first: number;
}

const PHRASE_WORDS = 3;
/** New phrases beyond these are not counted; those known by then are. Bounds memory for any text. */
const MAXIMUM_PHRASES = 50_000;
/** Words of unspaced scripts are found by dictionary (ICU), which is slow: of a long text its beginning. */
const SEGMENTED_CHARACTERS = 40_000;

/** Talk about talking: frequent in every conversation, a label of none. */
const TALK = new Set(
  `actually already also anything anyone around ask asked bad better best big bit come days different easy else end even
  every everything fine first found get gets getting give given go goes going good got great happy hello help hey hi idea
  keep kind know last later less like likes little long look looking lot love made make makes making many maybe mean might
  minute moment much must need needed needs never new next nice nothing now okay old one ones part people please point
  possible pretty probably put quite question really right said say says second see seem seems set since small something
  soon sorry start still stuff sure take takes talk tell thank thanks thing things think thought time times today told
  tomorrow took tried try trying two use used uses using usually user assistant want wanted wants way ways week weeks well
  went whole without wonder work works yes yesterday yet`.split(/\s+/),
);
/** Who speaks, as excerpts of conversations say at the beginning of a line. */
const SPEAKER = /^(?:user|assistant|system|human|ai)\s*:\s*/gim;
const NUMBER = /^[\d.,:%/-]+$/;
const TOKEN =
  /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-_.'’+#/][\p{L}\p{N}]+)*[+#]{0,2}|[^\s\p{L}\p{N}]/gu;

/**
 * What a text is about, strongest first: candidate phrases between stop words as in RAKE (S. Rose et al., 2010), weighed
 * by frequency, spread, place and casing as in YAKE (R. Campos et al., 2020). Stop words of English and of the text's own
 * language where they are known; any script.
 */
export function findKeywords(text: string, count: number): KeywordLabel[] {
  const sentences = splitSentences(text.replace(SPEAKER, ""));
  const phrases = collectPhrases(sentences, functionWordsOf(splitWords(text)));
  const carriers = strongestPhrases(phrases);
  const words = new Map([...phrases].filter(([key]) => !key.includes(" ")));
  const scored = [...phrases.values()]
    .filter(({ stems, count }) => !isMostlyPart(count, carriers.get(stems.join(" "))))
    .map((phrase) => ({ phrase, score: scoreOf(phrase, words, sentences.length) }))
    .sort((a, b) => b.score - a.score || a.phrase.first - b.phrase.first);
  const chosen = withoutOverlap(scored, count);
  const best = chosen[0]?.score ?? 1;
  return chosen.map(({ phrase, score }) => ({
    text: commonest(phrase.spellings),
    confidence: Math.round((score / best) * 100) / 100,
  }));
}

/** For each single word the count of the most frequent phrase with it that is said more than once. */
function strongestPhrases(phrases: ReadonlyMap<string, Phrase>): Map<string, number> {
  const strongest = new Map<string, number>();
  for (const { stems, count } of phrases.values()) {
    if (stems.length === 1 || count < 2) continue;
    for (const word of stems) strongest.set(word, Math.max(strongest.get(word) ?? 0, count));
  }
  return strongest;
}

/** "dual" is no label where it is always "dual writes". */
function isMostlyPart(count: number, inPhrase: number | undefined): boolean {
  return inPhrase !== undefined && inPhrase >= count * 0.6;
}

function collectPhrases(
  sentences: readonly string[],
  unwanted: ReadonlySet<string>,
): Map<string, Phrase> {
  const phrases = new Map<string, Phrase>();
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  let segmented = 0;
  for (const [number, sentence] of sentences.entries()) {
    const unspaced = hasUnspacedScript(sentence);
    if (unspaced) segmented += sentence.length;
    if (unspaced && segmented > SEGMENTED_CHARACTERS) continue;
    const runs = unspaced ? segmentedRuns(sentence, segmenter) : contentRuns(sentence, unwanted);
    for (const run of runs) addPhrases(run, number, phrases);
  }
  return phrases;
}

/** Runs of words that no stop word, punctuation or number interrupts. */
function contentRuns(sentence: string, unwanted: ReadonlySet<string>): string[][] {
  const runs: string[][] = [];
  let open: string[] = [];
  for (const token of sentence.match(TOKEN) ?? []) {
    if (isContent(token, unwanted)) {
      open.push(token);
    } else if (open.length > 0) {
      runs.push(open);
      open = [];
    }
  }
  if (open.length > 0) runs.push(open);
  return runs;
}

/** Single words: single characters of such scripts are mostly particles. */
function segmentedRuns(sentence: string, segmenter: Intl.Segmenter): string[][] {
  return [...segmenter.segment(sentence)]
    .filter(({ segment, isWordLike }) => isWordLike === true && [...segment].length > 1)
    .filter(({ segment }) => hasContent(segment))
    .map(({ segment }) => [segment]);
}

function isContent(token: string, unwanted: ReadonlySet<string>): boolean {
  const word = foldText(token).toLowerCase();
  if (!/\p{L}/u.test(word) || NUMBER.test(word) || token.length > 40) return false;
  const [base = word] = word.split(/['’]/);
  if (STOP_WORDS.has(base) || TALK.has(base) || unwanted.has(base)) return false;
  return word.length > 2 || /^\p{Lu}[\p{Lu}\p{N}]$/u.test(token);
}

function addPhrases(run: readonly string[], sentence: number, phrases: Map<string, Phrase>): void {
  const stems = run.map((word) => stem(foldText(word).toLowerCase()));
  for (let start = 0; start < run.length; start += 1) {
    for (let size = 1; size <= PHRASE_WORDS && start + size <= run.length; size += 1) {
      const key = stems.slice(start, start + size).join(" ");
      const known = phrases.get(key);
      if (known === undefined && phrases.size >= MAXIMUM_PHRASES) continue;
      const phrase = known ?? {
        spellings: new Map<string, number>(),
        stems: stems.slice(start, start + size),
        count: 0,
        first: sentence,
      };
      const spelling = run.slice(start, start + size).join(" ");
      phrase.count += 1;
      phrase.spellings.set(spelling, (phrase.spellings.get(spelling) ?? 0) + 1);
      phrases.set(key, phrase);
    }
  }
}

function scoreOf(phrase: Phrase, words: ReadonlyMap<string, Phrase>, sentences: number): number {
  const { stems, count, first } = phrase;
  const length = stems.length;
  const wordFrequency =
    stems.reduce((sum, word) => sum + Math.sqrt(words.get(word)?.count ?? 1), 0) / length;
  const repeated = length === 1 || count > 1 ? 1 : 0.35;
  const early = 1 + 0.3 / (1 + Math.log1p(first));
  const spelling = commonest(phrase.spellings);
  const named = /^\p{Lu}.*\p{Lu}|^\p{Lu}[\p{Ll}\p{N}]+[\p{Lu}.]|[\p{N}_]/u.test(spelling) ? 1.3 : 1;
  const longer = 1 + 0.35 * (length - 1);
  const share = Math.log2(1 + count) / Math.log2(2 + Math.sqrt(sentences));
  return share * wordFrequency * repeated * early * named * longer;
}

/** Neither a part of a stronger one nor one with only a further word. */
function withoutOverlap<Scored extends { phrase: Phrase }>(
  scored: readonly Scored[],
  count: number,
): Scored[] {
  const chosen: Scored[] = [];
  for (const candidate of scored) {
    if (chosen.length >= count) break;
    const { stems } = candidate.phrase;
    const overlaps = chosen.some(({ phrase }) => {
      const shared = stems.filter((word) => phrase.stems.includes(word)).length;
      return shared === Math.min(stems.length, phrase.stems.length);
    });
    if (!overlaps) chosen.push(candidate);
  }
  return chosen;
}

function commonest(spellings: ReadonlyMap<string, number>): string {
  let best = "";
  let most = 0;
  for (const [spelling, count] of spellings) {
    if (count > most) {
      most = count;
      best = spelling;
    }
  }
  return best;
}
