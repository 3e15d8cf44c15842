import type { SeededRandom } from "./seeded-random.ts";

const SUBJECTS = [
  "the gardener",
  "our neighbour",
  "a pilot",
  "the choir",
  "my cousin",
  "the baker",
  "an architect",
  "the ferry crew",
] as const;
const DEEDS = [
  "repaired",
  "painted",
  "sold",
  "forgot",
  "measured",
  "photographed",
  "buried",
  "translated",
] as const;
const THINGS = [
  "the wooden bridge",
  "an old violin",
  "three letters",
  "the tax forms",
  "a telescope",
  "the winter tyres",
  "a recipe for plum jam",
  "the lighthouse lamp",
] as const;
const ENDINGS = [
  "",
  " 🎻",
  " naïve café",
  " 東京で会いましょう",
  "\n\nSecond line.",
  " — “so”",
] as const;
const CONSONANTS = "bcdfghjklmnpqrtvwxz";
const UNIQUE = /\bqz[a-z]{14}\b/;

/** A sentence with a word in it that no other has; `uniqueWordOf` names that word. */
export function uniqueText(random: SeededRandom): string {
  const letters = Array.from({ length: 14 }, () => CONSONANTS[random.whole(0, 18)]).join("");
  const sentence = `${random.pick(SUBJECTS)} ${random.pick(DEEDS)} ${random.pick(THINGS)}`;
  return `qz${letters} ${sentence} on day ${random.whole(1, 365)}.${random.pick(ENDINGS)}`;
}

export function uniqueWordOf(text: string): string {
  return UNIQUE.exec(text)?.[0] ?? "";
}
