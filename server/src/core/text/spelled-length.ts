/** One character of these says about as much as three letters, one of Hangul as two. */
const THREE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const TWO = /\p{Script=Hangul}/gu;
const WIDE = /[\u1100-\u11ff\u3040-\ud8ff\uf900-\ufaff]/;

/** Length of a text in letters of an alphabet, so that limits mean about the same in every script. */
export function spelledLength(text: string): number {
  if (!WIDE.test(text)) return text.length;
  return text.length + 2 * countOf(THREE, text) + countOf(TWO, text);
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}
