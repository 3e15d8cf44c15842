import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPartCount, joinedPart, splitIntoParts } from "./text-parts.ts";

describe("splitting into parts", () => {
  test("keeps short messages together, in order", () => {
    expect(splitIntoParts(["a", "b", "c"], 100)).toEqual([["a", "b", "c"]]);
    expect(splitIntoParts([], 100)).toEqual([]);
  });

  test("never cuts a message that fits", () => {
    const message = "m".repeat(200);
    expect(splitIntoParts([message, message, message], 100)).toEqual([
      [message],
      [message],
      [message],
    ]);
  });

  test("cuts a long message at a paragraph, else at a sentence, else at a word", () => {
    const words = "word ".repeat(15);
    const [first] = splitIntoParts([`${words}end.\n\n${words}`], 33);
    expect(first?.[0]).toBe(`${words}end.\n\n`);
    const [sentence] = splitIntoParts([`${words}end. ${words}`], 33);
    expect(sentence?.[0]).toBe(`${words}end. `);
    const [word] = splitIntoParts([words.repeat(3)], 33);
    expect(word?.[0]?.endsWith(" ")).toBe(true);
  });

  test("loses nothing, breaks no character and keeps to the bound, for any messages", () => {
    const messages = fc.array(fc.string({ unit: "binary", maxLength: 400 }));
    fc.assert(
      fc.property(messages, fc.integer({ min: 4, max: 60 }), (given, maxTokens) => {
        const parts = splitIntoParts(given, maxTokens);
        expect(parts.flat().join("")).toBe(given.join(""));
        expect(parts.flat().every((piece) => piece.isWellFormed())).toBe(true);
        for (const part of parts) {
          expect(Buffer.byteLength(joinedPart(part))).toBeLessThanOrEqual(maxTokens * 3);
        }
      }),
    );
  });

  test("into more than 200 is refused with what to do", () => {
    expect(() => checkPartCount(200, 1000)).not.toThrow();
    expect(() => checkPartCount(201, 1000)).toThrow("larger context window");
  });
});
