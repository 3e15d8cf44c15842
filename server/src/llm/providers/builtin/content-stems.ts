import { stem } from "../../../core/search/porter-stemmer.ts";
import { splitWords } from "../../../core/search/query-terms.ts";
import { STOP_WORDS } from "../../../core/search/stop-words.ts";
import { hasUnspacedScript, overlappingPieces } from "../../../core/search/unspaced-scripts.ts";

/** Stems of a text's content words, in order. Scripts without spaces give every two characters as one word. */
export function contentStems(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    if (hasUnspacedScript(word)) return overlappingPieces(word, 2).filter(hasContent);
    return STOP_WORDS.has(word) ? [] : [stem(word)];
  });
}

/** Japanese writes its grammar in Hiragana and what a sentence is about mostly in other scripts. */
export function hasContent(piece: string): boolean {
  return !/^\p{Script=Hiragana}+$/u.test(piece);
}
