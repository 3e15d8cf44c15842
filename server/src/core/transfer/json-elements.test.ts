import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "./__fixtures__/parsing.ts";
import { type JsonElementOptions, type JsonPiece, splitJsonElements } from "./json-elements.ts";
import { toUtf8 } from "./text-encoding.ts";

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

interface SplitOptions extends JsonElementOptions {
  size?: number;
}

async function split(input: string | Uint8Array, options: SplitOptions = {}): Promise<JsonPiece[]> {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  return await collect(splitJsonElements(toUtf8(chunksOf(bytes, options.size ?? 7)), options));
}

function texts(pieces: JsonPiece[]): string[] {
  return pieces.flatMap((piece) => (piece.kind === "element" ? [piece.text] : []));
}

function damages(pieces: JsonPiece[]): Extract<JsonPiece, { kind: "damage" }>[] {
  return pieces.flatMap((piece) => (piece.kind === "damage" ? [piece] : []));
}

describe("splitting JSON into elements", () => {
  it("cuts a list into its objects with their byte offsets, whatever the chunks", async () => {
    const text = '[ {"a":"é]{\\"🙂"} ,\n {"b":[1,{"c":2}]}]';
    for (const size of [1, 2, 3, 5, 100]) {
      const pieces = await split(text, { size });
      expect(texts(pieces)).toEqual(['{"a":"é]{\\"🙂"}', '{"b":[1,{"c":2}]}']);
      expect(pieces.map((piece) => piece.start)).toEqual([2, 24]);
    }
  });

  it("takes one object, JSON Lines and several lists after one another", async () => {
    expect(texts(await split('  {"a":1}\n'))).toEqual(['{"a":1}']);
    expect(texts(await split('{"a":1}\n{"b":2}\r\n\n{"c":3}'))).toHaveLength(3);
    expect(texts(await split('[{"a":1}]\n[{"b":2}]'))).toHaveLength(2);
  });

  it("reads the list inside {conversations: […]} and marks what stood there", async () => {
    const text =
      '{"version":1, "x":{"conversations":[7]}, "conversations" : [{"a":1},{"b":2}],"n":{"z":[]}}';
    for (const size of [1, 4, 1000]) {
      const pieces = await split(text, { size });
      expect(texts(pieces)).toEqual(['{"a":1}', '{"b":2}']);
      expect(pieces.every((piece) => piece.kind === "element" && piece.wrapped)).toBe(true);
    }
  });

  it("reads UTF-16 of either byte order and skips byte order marks", async () => {
    const text = '[{"a":"grüß 🙂"}]';
    const little = Buffer.from(`\uFEFF${text}`, "utf16le");
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big, little.subarray(2), Buffer.from(`\uFEFF${text}`)]) {
      expect(texts(await split(bytes, { size: 3 }))).toEqual(['{"a":"grüß 🙂"}']);
    }
  });

  it("goes on with the next line after a damaged one", async () => {
    const pieces = await split('{"a":1}\n{"b":"x\n{"c":3\n{"d":4}\nnoise\n{"e":5}\n');
    expect(texts(pieces)).toEqual(['{"a":1}', '{"d":4}', '{"e":5}']);
    expect(damages(pieces)).toHaveLength(3);
  });

  it("says at which byte a truncated list ends and keeps what came before", async () => {
    const pieces = await split('[{"a":1},{"b":"unfinis');
    expect(texts(pieces)).toEqual(['{"a":1}']);
    expect(damages(pieces)).toEqual([
      expect.objectContaining({ start: 9, byte: 22, reason: expect.stringContaining("byte 9") }),
    ]);
  });

  it("stops a list at a bracket of the wrong kind, since what follows cannot be told apart", async () => {
    const pieces = await split('[{"a":1},{"b":[1}},{"c":1}]');
    expect(texts(pieces)).toEqual(['{"a":1}']);
    expect(damages(pieces)[0]).toMatchObject({ byte: 16 });
  });

  it("refuses an element beyond the limit or nested too deeply, and only that one", async () => {
    const long = `{"a":"${"x".repeat(200)}"}`;
    const deep = `{"a":${"[".repeat(600)}${"]".repeat(600)}}`;
    const pieces = await split(`[{"b":1},${long},${deep},{"c":2}]`, { maxElementBytes: 1300 });
    expect(texts(pieces)).toEqual(['{"b":1}', long, '{"c":2}']);
    const capped = await split(`[{"b":1},${long},{"c":2}]`, { maxElementBytes: 100 });
    expect(texts(capped)).toEqual(['{"b":1}', '{"c":2}']);
    expect(damages(capped)[0]?.reason).toContain("208 bytes, more than the 100");
  });

  it("yields every element of any JSON list unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 4 }))),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(undefined, 2),
        async (values, size, indent) => {
          const pieces = await split(JSON.stringify(values, null, indent), { size });
          expect(texts(pieces).map((text) => JSON.parse(text))).toEqual(
            JSON.parse(JSON.stringify(values)),
          );
          expect(damages(pieces)).toEqual([]);
        },
      ),
    );
  });

  it("yields all that was complete wherever a byte is cut off or overwritten", async () => {
    const elements = ['{"a":"é\\""}', '{"b":[1,{"c":null}]}', '{"d":{}}'];
    for (const text of [`[${elements.join(",")}]`, `${elements.join("\n")}\n`]) {
      const bytes = Buffer.from(text);
      const ends = elements.map((element) => {
        const at = bytes.indexOf(element);
        return at + Buffer.byteLength(element);
      });
      for (let at = 1; at < bytes.length; at += 1) {
        const complete = elements.filter((_element, index) => (ends[index] ?? 0) <= at);
        const cut = await split(bytes.subarray(0, at));
        expect(texts(cut).slice(0, complete.length)).toEqual(complete);
        for (const wrong of [0, 0x22, 0x7b, 0x5d, 0x5c, 0xff, 0x0a]) {
          const damaged = Buffer.from(bytes);
          damaged[at] = wrong;
          expect(texts(await split(damaged)).slice(0, complete.length)).toEqual(complete);
        }
      }
    }
  });
});
