import { expect, test } from "vitest";
import { indexedParts, stemsOf } from "./text-words.ts";

test("words are stems without case and accents, each with its places, the name apart from the text", () => {
  expect(indexedParts("Zoë", "Running crème, running")).toEqual([
    { length: 4, words: "'zoe':1 'run':12,14 'creme':13" },
  ]);
});

test("of a script without spaces every character and every pair is a word", () => {
  expect(indexedParts(null, "Tokyo東京タ")).toEqual([
    { length: 2, words: "'tokyo':11 '東' '京' 'タ' '東京' '京タ'" },
  ]);
});

test("a long message has several parts, none larger than PostgreSQL takes", () => {
  const parts = indexedParts(null, Array.from({ length: 40_000 }, (_, at) => `w${at}`).join(" "));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(40_000);
  for (const { words } of parts) expect(words.length).toBeLessThan(1_000_000);
  const [one] = indexedParts(null, "x".repeat(100_000));
  expect(one?.words.length).toBeLessThan(1000);
});

test("what is no word is no word of the index", () => {
  expect(indexedParts(null, "!? \0 🎉")).toEqual([]);
  expect(stemsOf("dog-friendly C++")).toEqual(["dog", "friendli", "c"]);
});
