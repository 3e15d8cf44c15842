import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytePieces, collect } from "./__fixtures__/pieces.ts";
import { ndjsonLine, parseNdjson } from "./ndjson.ts";
import { FramingError } from "./stream-failure.ts";

describe("newline-delimited JSON", () => {
  test("comes out as it went in, wherever the bytes are cut", async () => {
    const values = fc.array(fc.jsonValue(), { maxLength: 10 });
    const cuts = fc.array(fc.nat(3000), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(values, cuts, async (items, places) => {
        const lines = await collect(
          parseNdjson(bytePieces(items.map(ndjsonLine).join(""), places)),
        );
        expect(lines).toEqual(items.map((item) => JSON.stringify(item)));
      }),
    );
  });

  test("may end without a line feed, and hold blank lines, carriage returns and a byte order mark", async () => {
    const text = '\uFEFF{"a":"é"}\r\n\n  \r\n{"b":2}';
    expect(await collect(parseNdjson(bytePieces(text, [1, 9, 10, 18])))).toEqual([
      '{"a":"é"}',
      '{"b":2}',
    ]);
    expect(await collect(parseNdjson(bytePieces("", [])))).toEqual([]);
  });

  test("with a line larger than 16 MB is refused", async () => {
    const bytes = bytePieces("x".repeat(17 * 1024 * 1024), []);
    await expect(collect(parseNdjson(bytes))).rejects.toThrow(FramingError);
  });
});
