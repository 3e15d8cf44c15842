import { expect, test } from "vitest";
import { fitText, padText, safeLine, safeText, widthOf, wrapText } from "./terminal-text.ts";

test("takes out what would steer a terminal and keeps the text", () => {
  expect(safeText("a\u001b[31mb\u0007\r\nc\td\u202ee\u009bf")).toBe("a[31mb\nc\tdef");
  expect(safeLine("  two\n lines\t here ")).toBe("two lines here");
});

test.each([
  ["short", 5, "short"],
  ["too long", 5, "too …"],
  ["日本語テキスト", 7, "日本語…"],
  ["日本語テキスト", 6, "日本…"],
  ["👩‍👩‍👧‍👦 family", 4, "👩‍👩‍👧‍👦 …"],
  ["anything", 0, ""],
])("fits %j into %i columns", (text, columns, expected) => {
  expect(fitText(text, columns)).toBe(expected);
  expect(widthOf(fitText(text, columns))).toBeLessThanOrEqual(columns);
});

test("pads by columns, not by characters", () => {
  expect(padText("日本", 6)).toBe("日本  ");
  expect(padText("7", 3, "right")).toBe("  7");
});

test("wraps between words, keeps line breaks and indentation", () => {
  expect(wrapText("one two three\n    code\n\nend", 9)).toEqual([
    "one two",
    "three",
    "    code",
    "",
    "end",
  ]);
});

test("breaks words that are wider than the line, wide characters whole", () => {
  expect(wrapText("see https://example.test/a", 10)).toEqual([
    "see",
    "https://ex",
    "ample.test",
    "/a",
  ]);
  expect(wrapText("日本語テキスト", 5)).toEqual(["日本", "語テ", "キス", "ト"]);
  expect(wrapText("日本", 1)).toEqual(["日", "本"]);
});
