import fc from "fast-check";
import { expect, test } from "vitest";
import { commonPrefix, stem } from "./porter-stemmer.ts";

/** From the examples of Porter's paper, rule by rule. */
const PAIRS = [
  ["caresses", "caress"],
  ["ponies", "poni"],
  ["caress", "caress"],
  ["cats", "cat"],
  ["feed", "feed"],
  ["agreed", "agre"],
  ["plastered", "plaster"],
  ["bled", "bled"],
  ["motoring", "motor"],
  ["sing", "sing"],
  ["conflated", "conflat"],
  ["troubled", "troubl"],
  ["sized", "size"],
  ["hopping", "hop"],
  ["falling", "fall"],
  ["hissing", "hiss"],
  ["filing", "file"],
  ["happy", "happi"],
  ["sky", "sky"],
  ["relational", "relat"],
  ["conditional", "condit"],
  ["digitizer", "digit"],
  ["operator", "oper"],
  ["hopefulness", "hope"],
  ["formality", "formal"],
  ["triplicate", "triplic"],
  ["electrical", "electr"],
  ["goodness", "good"],
  ["revival", "reviv"],
  ["allowance", "allow"],
  ["adjustment", "adjust"],
  ["adoption", "adopt"],
  ["effective", "effect"],
  ["probate", "probat"],
  ["rate", "rate"],
  ["controlling", "control"],
  ["roll", "roll"],
  ["yes", "ye"],
] as const;

test.each(PAIRS)("%s becomes %s", (word, expected) => {
  expect(stem(word)).toBe(expected);
});

test("words that are short, long or not plain ASCII stay as they are", () => {
  for (const word of ["", "is", "привет", "猫", "naïve", `${"a".repeat(65)}s`]) {
    expect(stem(word)).toBe(word);
  }
});

test("a word begins with the common prefix of its stem", () => {
  const words = fc.string({
    unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"),
    minLength: 3,
    maxLength: 12,
  });
  const endings = fc.constantFrom("", "s", "ed", "ing", "ly", "ational", "ization", "y", "ies");
  fc.assert(
    fc.property(words, endings, (word, ending) => {
      expect(word + ending).toSatisfy((whole: string) =>
        whole.startsWith(commonPrefix(stem(whole))),
      );
    }),
  );
});
