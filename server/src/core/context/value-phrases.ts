import { stem } from "../search/porter-stemmer.ts";
import { splitWords } from "../search/query-terms.ts";
import { STOP_WORDS } from "../search/stop-words.ts";

/** Anything can be that, or become it, so that it names nothing. */
export const GENERAL: ReadonlySet<string> = new Set(
  splitWords(
    `daily weekly monthly quarterly annual yearly total average overall current new latest joint own whole full strict
    increase increased decrease reduce reduced raise raised lower lowered improve improved change changed adjust
    adjusted extend extended update updated reach reached`,
  ).map(stem),
);
/** A phrase ends here; a relative clause still speaks of what stands before it. */
const END = /[,;:()"“”](?! (?:which|that)\b)|\b(?:and|but|so|or)\b/;
const LONGEST = 3;
/** Words before another that say which one is meant. */
const QUALIFYING = 2;

/** "I have a budget limit of" → "budget limit": the content words that come last. */
export function lastPhrase(before: string): string {
  const words = splitWords(before.split(END).at(-1) ?? "");
  while (words.length > 0 && STOP_WORDS.has(words.at(-1) ?? "")) words.pop();
  return words.slice(words.findLastIndex((word) => STOP_WORDS.has(word)) + 1).join(" ");
}

/** " monthly budget for books, can you" → "monthly budget": the content words that come first. */
export function firstPhrase(after: string): string {
  const words = splitWords(after.split(END)[0] ?? "");
  const end = words.findIndex((word) => STOP_WORDS.has(word) || /\d/.test(word));
  return words.slice(0, Math.min(LONGEST, end < 0 ? LONGEST : end)).join(" ");
}

/** For each stem the one or two before it that say which one: emergency → fund. */
export function qualifiersOf(text: string): Map<string, Set<string>> {
  const qualifiers = new Map<string, Set<string>>();
  for (const phrase of text.split(END)) {
    let run: string[] = [];
    for (const word of splitWords(phrase)) {
      const one = stem(word);
      if (GENERAL.has(one)) continue;
      if (STOP_WORDS.has(word) || /\d|ed$/.test(word)) {
        run = [];
        continue;
      }
      if (run.length > 0 && !word.endsWith("ing")) {
        qualifiers.set(one, new Set([...(qualifiers.get(one) ?? []), ...run.slice(-QUALIFYING)]));
      }
      run.push(one);
    }
  }
  return qualifiers;
}
