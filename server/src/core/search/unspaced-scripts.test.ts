import { expect, test } from "vitest";
import { hasUnspacedScript, overlappingPieces, unspacedRuns } from "./unspaced-scripts.ts";

test.each(["漢字", "ひらがな", "カタカナ", "한국어", "ภาษาไทย", "ລາວ", "ខ្មែរ", "မြန်မာ"])(
  "%s is written without spaces between its words",
  (text) => {
    expect(hasUnspacedScript(text)).toBe(true);
    expect(unspacedRuns(`see ${text}, please`)).toEqual([text]);
  },
);

test.each(["hello", "привет", "שלום", "123", "é", ""])("%j is not", (text) => {
  expect(hasUnspacedScript(text)).toBe(false);
  expect(unspacedRuns(text)).toEqual([]);
});

test("pieces overlap, count characters beyond the basic plane as one and come once", () => {
  expect(overlappingPieces("一二三", 2)).toEqual(["一二", "二三"]);
  expect(overlappingPieces("𠀀𠀁𠀂", 2)).toEqual(["𠀀𠀁", "𠀁𠀂"]);
  expect(overlappingPieces("哈哈哈哈", 2)).toEqual(["哈哈"]);
  expect(overlappingPieces("一", 2)).toEqual(["一"]);
});
