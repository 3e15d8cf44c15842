import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { snippetOf } from "./snippet.ts";

const marks = (text: string, ...stems: string[]) => snippetOf(text, new Set(stems), null);

describe("marks", () => {
  test("stand around words with the stem of a term, whatever their form", () => {
    expect(marks("She painted; I was painting a Café.", "paint", "cafe")).toBe(
      "She **painted**; I was **painting** a **Café**.",
    );
  });

  test("join where pieces of unspaced script overlap", () => {
    expect(marks("我喜欢吃苹果和香蕉", "喜欢", "欢吃", "香蕉")).toBe("我**喜欢吃**苹果和**香蕉**");
    expect(marks("一只猫在睡觉", "猫")).toBe("一只**猫**在睡觉");
  });

  test("are none where the term is only a part of the word", () => {
    expect(marks("scattered", "cat")).toBe("scattered");
  });
});

describe("the cut", () => {
  const filler = "lorem ipsum ".repeat(100);

  test("shows the passage with the most different terms", () => {
    const text = `${filler} apple apple ${filler} apple and pear ${filler}`;
    const shown = marks(text, "appl", "pear");
    expect(shown).toContain("**apple** and **pear**");
    expect(shown.startsWith("…") && shown.endsWith("…")).toBe(true);
  });

  test("keeps both ends of the best passage", () => {
    const text = `${filler}apple ${"x ".repeat(90)}pear ${filler}`;
    expect(marks(text, "appl", "pear")).toMatch(/\*\*apple\*\*.*\*\*pear\*\*/);
  });

  test("falls back to where the meaning matched", () => {
    const text = `${filler}here it is ${filler}`;
    const start = text.indexOf("here");
    expect(snippetOf(text, new Set(["zebra"]), { start, end: start + 10 })).toContain("here it is");
  });

  test("leaves a short text whole and makes white space single", () => {
    expect(marks("  one\n\ntwo\tthree ")).toBe("one two three");
    expect(marks("")).toBe("");
  });

  test("never splits a surrogate pair", () => {
    for (const lead of ["", "a", "ab", "abc"]) {
      const text = `${lead}${"😀".repeat(400)}`;
      const middle = { start: 301, end: 401 };
      expect(snippetOf(text, new Set(), middle)).not.toContain("\ufffd");
      expect(marks(text)).not.toContain("\ufffd");
    }
  });

  test("stays short and well formed for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), fc.nat(2000), (text, start) => {
        const shown = snippetOf(text, new Set(["a"]), { start, end: start + 1 });
        expect(shown.isWellFormed()).toBe(true);
        expect(shown.replaceAll("*", "").length).toBeLessThan(350);
      }),
    );
  });
});

describe("a text of a megabyte", () => {
  test.each([
    ["of matches", "apple ".repeat(170_000)],
    ["in one word", "a".repeat(1_000_000)],
    ["in one unspaced run", "苹果".repeat(500_000)],
    ["of white space", " ".repeat(1_000_000)],
    ["of accents", "é".repeat(1_000_000)],
  ])("%s has a snippet like any other", (_, text) => {
    expect(marks(text, "appl", "苹果").length).toBeLessThan(700);
  });
});
