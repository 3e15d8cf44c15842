import fc from "fast-check";
import { expect, it } from "vitest";
import { piecesOf } from "./text-pieces.ts";

const size = (text: string) => Buffer.byteLength(text);

it("covers all of any text in pieces that fit, without halves of characters", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.integer({ min: 4, max: 90 }),
      (text, bytes) => {
        const pieces = piecesOf(text, { bytes, overlap: 0.12 });
        const covered = new Set<number>();
        for (const { start, end } of pieces) {
          expect(size(text.slice(start, end))).toBeLessThanOrEqual(bytes);
          for (let at = start; at < end; at += 1) covered.add(at);
          expect(text.slice(start, end).isWellFormed() || !text.isWellFormed()).toBe(true);
        }
        const left =
          [...text].length === 0
            ? ""
            : [...Array(text.length).keys()]
                .filter((at) => !covered.has(at))
                .map((at) => text[at])
                .join("");
        expect(left.trim()).toBe("");
      },
    ),
  );
});

it("cuts between words, and each piece repeats the end of the one before", () => {
  const text = "one two three four five six seven eight nine ten ".repeat(20);
  const pieces = piecesOf(text, { bytes: 200, overlap: 0.2 });
  expect(pieces.length).toBeGreaterThan(4);
  for (const [at, { start, end }] of pieces.entries()) {
    const before = pieces[at - 1];
    if (before !== undefined) expect(start).toBeLessThan(before.end);
    expect(end === text.length || /\s/.test(text[end - 1] ?? "")).toBe(true);
  }
});

it("has no piece for a blank text", () => {
  expect(piecesOf(" \n ", { bytes: 100, overlap: 0.1 })).toEqual([]);
  expect(piecesOf("", { bytes: 100, overlap: 0.1 })).toEqual([]);
});
