import { readFileSync } from "node:fs";
import { TOKENIZER_FILE } from "@sekha/model-minilm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkText, type TokenChunk } from "./chunker.ts";
import { WordPieceTokenizer } from "./word-piece.ts";

const { model } = JSON.parse(readFileSync(TOKENIZER_FILE, "utf8"));
const tokenizer = new WordPieceTokenizer(new Map(Object.entries<number>(model.vocab)));
const LIMITS = { maxTokens: 256, overlap: 32 };
const SMALL = { maxTokens: 12, overlap: 3 };

function splitsSurrogatePair(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  return before >> 10 === 0xd800 >> 10 && after >> 10 === 0xdc00 >> 10;
}

/** Everything that a reader sees lies in a chunk; what gives no token may lie outside. */
function expectCovered(text: string, chunks: TokenChunk[]): void {
  const { starts, ends } = tokenizer.tokenize(text);
  let chunk = 0;
  for (const [index, start] of starts.entries()) {
    while ((chunks[chunk]?.end ?? Infinity) < (ends[index] ?? 0)) chunk += 1;
    expect(chunks[chunk]?.start ?? Infinity).toBeLessThanOrEqual(start);
  }
  const between = chunks.slice(1).filter((next, index) => next.start > (chunks[index]?.end ?? 0));
  for (const gap of between) expect(text.slice(0, gap.start)).toMatch(/\s$/u);
}

describe("chunkText", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.array(fc.lorem({ mode: "sentences", maxCount: 4 })).map((parts) => parts.join("\n\n")),
    fc
      .array(fc.constantFrom("a", " ", "\n", "漢", "😀", "\ud83d", "\u0000", "é", ".", "word"), {
        maxLength: 400,
      })
      .map((parts) => parts.join("")),
  );

  it("covers the whole text, whatever it holds, within the window", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(LIMITS, SMALL), (text, limits) => {
        const chunks = chunkText(text, tokenizer, limits);
        expectCovered(text, chunks);
        for (const { start, end, tokenIds } of chunks) {
          expect(tokenIds.length).toBeGreaterThan(2);
          expect(tokenIds.length).toBeLessThanOrEqual(limits.maxTokens);
          expect(end).toBeGreaterThan(start);
          expect(splitsSurrogatePair(text, start)).toBe(false);
          expect(splitsSurrogatePair(text, end)).toBe(false);
        }
      }),
    );
  });

  it("gives no chunk for a text without anything to read", () => {
    expect(chunkText("", tokenizer, LIMITS)).toEqual([]);
    expect(chunkText(" \n\t\u0000", tokenizer, LIMITS)).toEqual([]);
  });

  it("keeps a short text whole, with the special tokens around it", () => {
    const [chunk, ...others] = chunkText("  hello world ", tokenizer, LIMITS);
    expect(others).toEqual([]);
    expect(chunk).toEqual({ start: 2, end: 13, tokenIds: [101, 7592, 2088, 102] });
  });

  it("repeats 32 tokens from chunk to chunk where words allow", () => {
    const text = "alpha ".repeat(1_000);
    const [first, second] = chunkText(text, tokenizer, LIMITS);
    expect(first?.tokenIds).toHaveLength(256);
    expect(((first?.end ?? 0) - (second?.start ?? 0) + 1) / "alpha ".length).toBe(32);
  });

  it.each([
    {
      name: "paragraph",
      before: "word ".repeat(210),
      mark: "\n\n",
      after: "Next. next ".repeat(60),
    },
    { name: "sentence", before: "word ".repeat(210), mark: "end. ", after: "next ".repeat(60) },
    { name: "line", before: "word ".repeat(210), mark: "\n", after: "next ".repeat(60) },
    { name: "Chinese sentence", before: "字".repeat(210), mark: "。", after: "次".repeat(60) },
  ])("prefers to cut at the end of a $name", ({ before, mark, after }) => {
    const [first] = chunkText(before + mark + after, tokenizer, LIMITS);
    expect((before + mark + after).slice(0, first?.end).trim()).toBe((before + mark).trim());
  });

  it("does not cut inside a word while another place is near", () => {
    const text = "antidisestablishmentarianism ".repeat(200);
    for (const { start, end } of chunkText(text, tokenizer, LIMITS)) {
      expect(text.slice(start, end)).toMatch(/^anti.*anism$/u);
    }
  });

  it.each([
    ["one giant word", "a".repeat(1_000_000)],
    ["base64", Buffer.from("Sekha".repeat(150_000)).toString("base64")],
    ["emoji", "😀👍🏽".repeat(160_000)],
    ["Chinese", "漢字かな交じり文".repeat(40_000)],
    ["punctuation", "!".repeat(300_000)],
    ["spaces", "a\n".concat(" ".repeat(1_000_000), "b")],
    ["lone surrogates and a word", `${"\ud83d".repeat(500_000)} word`],
  ])("gets through a large text of %s", (_name, text) => {
    const chunks = chunkText(text, tokenizer, LIMITS);
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.length).toBeLessThan(text.length / 50);
    expect(chunks.at(-1)?.end).toBe(text.length);
    for (const [index, next] of chunks.slice(1).entries()) {
      expect(next.start).toBeLessThanOrEqual(chunks[index]?.end ?? 0);
      expect(next.end).toBeGreaterThan(chunks[index]?.end ?? 0);
    }
  });
});
