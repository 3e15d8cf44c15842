import { describe, expect, test } from "vitest";
import { splitSentences } from "./sentences.ts";

describe("splitting into sentences", () => {
  test.each([
    [
      "We met Dr. Weber at 3 p.m. today. She agreed!",
      ["We met Dr. Weber at 3 p.m. today.", "She agreed!"],
    ],
    [
      "Version 1.2.3 is out. J. Smith wrote it, e.g. the parser.",
      ["Version 1.2.3 is out.", "J. Smith wrote it, e.g. the parser."],
    ],
    ['He said "Stop!" Then he left… Why?', ['He said "Stop!"', "Then he left…", "Why?"]],
    [
      "明日は雨です。傘を持って！行きますか？はい",
      ["明日は雨です。", "傘を持って！", "行きますか？", "はい"],
    ],
    ["यह पहला है। यह दूसरा है।", ["यह पहला है।", "यह दूसरा है।"]],
    ["هل وصلت؟ نعم وصلت.", ["هل وصلت؟", "نعم وصلت."]],
    ["Das ist z. B. so. Gut.", ["Das ist z. B. so.", "Gut."]],
  ])("knows where one ends: %s", (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });

  test("leaves out code, tables and rules, and takes the marks from lists, quotes and headings", () => {
    const text = [
      "# The plan",
      "- [x] Buy milk",
      "2. Call Ann",
      "> quoted words",
      "```ts",
      "const hidden = true;",
      "```",
      "| a | b |",
      "---",
      "The end",
    ].join("\n");
    expect(splitSentences(text)).toEqual([
      "The plan",
      "Buy milk",
      "Call Ann",
      "quoted words",
      "The end",
    ]);
  });

  test("joins a wrapped line and not a short one", () => {
    const wrapped =
      "This line was broken by an editor because it had become too long\nfor its window.";
    expect(splitSentences(`${wrapped}\nShort\nlines`)).toEqual([
      wrapped.replace("\n", " "),
      "Short",
      "lines",
    ]);
  });

  test("cuts what has no end, never inside a character", () => {
    const pieces = splitSentences("😀a".repeat(1000));
    expect(pieces.join("")).toBe("😀a".repeat(1000));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(400);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  test("finds none where there are no words", () => {
    expect(splitSentences(" \n ... \n --- \n")).toEqual([]);
  });
});
