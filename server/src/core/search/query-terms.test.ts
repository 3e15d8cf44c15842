import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanQuery, foldText, splitWords } from "./query-terms.ts";

const clean = (text: string, ...names: string[]) =>
  cleanQuery(text, { speakerWords: new Set(names) });
const words = (text: string, ...names: string[]) => clean(text, ...names).words;

describe("the words of a query", () => {
  test("leave function words out and keep one term a stem", () => {
    const { terms } = clean("What are the cats doing with my cat in the GARDEN?");
    expect(terms.map((term) => term.stem)).toEqual(["cat", "garden"]);
  });

  test("of function words alone are all kept", () => {
    expect(words("who are you")).toEqual(["who", "are", "you"]);
  });

  test.each(["???", "$", "  ", "🎉", "+-*/"])("%j has none", (query) => {
    expect(clean(query)).toMatchObject({ terms: [], words: [] });
  });

  test("survive signs that mean something to patterns and to full-text syntax", () => {
    expect(words('C++ "a.b*" (x|y) [z] NEAR{2} \\d+')).toContain("c");
    expect(words("l'été à Zürich")).toContain("zurich");
  });

  test("of unspaced scripts are asked for whole and ranked by pieces", () => {
    const { words: asked, terms } = clean("东京塔 tower");
    expect(asked).toEqual(["东京塔", "tower"]);
    expect(terms.map((term) => term.word)).toEqual(["东京", "京塔", "tower"]);
  });

  test("of unspaced and other scripts without a space stand apart", () => {
    expect(splitWords("東京tower 2024年")).toEqual(["東京", "tower", "2024", "年"]);
  });

  test("in Thai keep their vowel signs and tones", () => {
    expect(splitWords("สวัสดีครับ")).toEqual(["สวัสดีครับ"]);
  });

  test("of a whole document are bounded", () => {
    const text = Array.from({ length: 1500 }, (_, index) => `word${index}`).join(" ");
    expect(clean(text).terms).toHaveLength(64);
    expect(clean(text).words).toHaveLength(64);
    expect(clean("漢字仮名".repeat(2500)).terms.length).toBeLessThanOrEqual(64);
  });
});

describe("speakers", () => {
  test("are left out of the terms and known by their names", () => {
    const { speakers, terms } = clean("What did Caroline paint?", "caroline");
    expect([...speakers]).toEqual(["caroline"]);
    expect(terms.map((term) => term.word)).toEqual(["paint"]);
  });

  test("are the terms when nothing else is left", () => {
    expect(words("Caroline", "caroline")).toEqual(["caroline"]);
  });

  test("are not the verbs that their names spell", () => {
    expect([...clean("Did I mark the date?", "mark").speakers]).toEqual([]);
    expect([...clean("when did mark call", "mark").speakers]).toEqual(["mark"]);
  });

  test("count in scripts without capitals beside a word with one", () => {
    expect([...clean("田中 said Hello", "田中").speakers]).toEqual(["田中"]);
  });
});

test.each([
  ["what did you recommend for dinner", true],
  ["your suggestion for dinner", true],
  ["what did I cook for dinner", false],
])("%j asks about the assistant: %s", (query, expected) => {
  expect(clean(query).asksAssistant).toBe(expected);
});

test("any text at all can be a query", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const { terms, words: asked } = cleanQuery(text, { speakerWords: new Set(), now: 0 });
      expect(terms.length === 0).toBe(asked.length === 0);
      expect(terms.every((term) => term.word !== "" && term.stem !== "")).toBe(true);
    }),
  );
});

test("folding removes accents whether composed or not", () => {
  expect(foldText("Crème brûlée")).toBe("Creme brulee");
  expect(foldText("Cre\u0300me")).toBe("Creme");
  expect(foldText("が한국어")).toBe("が한국어");
});
