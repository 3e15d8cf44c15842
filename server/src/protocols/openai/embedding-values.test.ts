import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FramingError } from "../stream-failure.ts";
import { embeddingFromBase64, embeddingToBase64, readEmbedding } from "./embedding-values.ts";

describe("embedding values", () => {
  test("are little-endian float32 in base64", () => {
    expect(embeddingToBase64(Float32Array.of(1, -2))).toBe("AACAPwAAAMA=");
    expect([...readEmbedding("AACAPwAAAMA=")]).toEqual([1, -2]);
    expect([...readEmbedding([0.5, 3])]).toEqual([0.5, 3]);
  });

  test("survive base64 and back, every bit", () => {
    fc.assert(
      fc.property(fc.float32Array(), (vector) => {
        expect(embeddingFromBase64(embeddingToBase64(vector))).toEqual(vector);
      }),
    );
  });

  test("of any other shape are refused as malformed", () => {
    const shapes: unknown[] = [
      "AACA",
      "AACAPw!=",
      "not base64 at all",
      null,
      7,
      {},
      [1, "2"],
      [null],
    ];
    for (const shape of shapes) {
      expect(() => readEmbedding(shape as number[])).toThrow(FramingError);
    }
  });
});
