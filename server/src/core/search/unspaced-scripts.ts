const SCRIPTS =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}";

/** One word: a run of unspaced script with its marks, or a run of other letters and digits. */
export const WORD = new RegExp(
  `[${SCRIPTS}][${SCRIPTS}\\p{M}ー]*|[[\\p{L}\\p{N}\\p{Co}]--[${SCRIPTS}]]+`,
  "gv",
);

const UNSPACED = new RegExp(`[${SCRIPTS}]`, "u");
const UNSPACED_RUN = new RegExp(`[${SCRIPTS}\\p{M}ー]+`, "gu");

/** Whether the text has scripts whose words no space separates (decisions.md 35). */
export function hasUnspacedScript(text: string): boolean {
  return UNSPACED.test(text);
}

/** The stretches of such scripts in a query. */
export function unspacedRuns(text: string): string[] {
  return [...new Set(text.match(UNSPACED_RUN) ?? [])].filter((run) => UNSPACED.test(run));
}

/** Overlapping pieces of `size` characters; the run itself when it is no longer than that. */
export function overlappingPieces(run: string, size: number): string[] {
  const characters = [...run];
  if (characters.length <= size) return [run];
  const pieces = new Set<string>();
  for (let start = 0; start + size <= characters.length; start += 1) {
    pieces.add(characters.slice(start, start + size).join(""));
  }
  return [...pieces];
}

/** What the word index keeps of a text. */
const HAS_TERM = /[\p{L}\p{N}\p{Co}]/u;

/** The other stretches of a query's word, where they hold a letter or a digit. */
export function spacedParts(word: string): string[] {
  if (!UNSPACED.test(word)) return HAS_TERM.test(word) ? [word] : [];
  return word.split(UNSPACED_RUN).filter((part) => HAS_TERM.test(part));
}
