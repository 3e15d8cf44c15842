import { expect, test } from "vitest";
import { TextPrint } from "./text-print.ts";

const TEXT =
  "She moved to Lyon in 2019 — and, she says, “never again” will she live in a city so big";

test("a text is read the same with and without characters that need the slow way", () => {
  const plain = new TextPrint(TEXT);
  const other = new TextPrint(TEXT.replace("Lyon", "Lyón"));
  expect(other.words).toBe(plain.words);
  expect(other.numbers).toBe(plain.numbers);
  expect(other.hasWordsOf(plain)).toBe(true);
  expect(other.isLike(plain, 1)).toBe(true);
});

test("order, words and digits count", () => {
  const print = new TextPrint(TEXT);
  expect(print.hasWordsOf(new TextPrint(TEXT.replace("moved to", "to moved")))).toBe(false);
  expect(print.numbers).not.toBe(new TextPrint(TEXT.replace("2019", "2018")).numbers);
  expect(new TextPrint("1 or 2").numbers).not.toBe(new TextPrint("2 or 1").numbers);
  expect(new TextPrint("!").hasWordsOf(new TextPrint("?"))).toBe(false);
});

test("two texts are alike from the share of three-word pieces that both hold", () => {
  // 7 of 9 pieces in common.
  const one = new TextPrint("a b c d e f g h i j");
  const other = new TextPrint("b c d e f g h i j k");
  expect(one.isLike(other, 7 / 9)).toBe(true);
  expect(other.isLike(one, 7 / 9 + 0.01)).toBe(false);
  expect(one.isLike(new TextPrint("a a"), 0.1)).toBe(false);
});

test("long texts, and texts in scripts without spaces, find room", () => {
  const long = Array.from({ length: 3000 }, (_, at) => `w${at}`).join(" ");
  expect(new TextPrint(long).words).toBe(3000);
  expect(new TextPrint("猫a犬b鳥c").words).toBe(6);
});
