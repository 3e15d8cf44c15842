import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from "@sekha/model-minilm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WordPieceTokenizer } from "./word-piece.ts";

const definition = JSON.parse(readFileSync(TOKENIZER_FILE, "utf8"));
const reference = new Tokenizer(
  definition,
  JSON.parse(readFileSync(TOKENIZER_CONFIG_FILE, "utf8")),
);
const vocabulary = new Map(Object.entries<number>(definition.model.vocab));
const tokenizer = new WordPieceTokenizer(vocabulary);
const names = new Map([...vocabulary].map(([name, id]) => [id, name]));

function referenceIds(text: string): number[] {
  return reference.encode(text, { add_special_tokens: false }).ids;
}

describe("WordPieceTokenizer", () => {
  it.each([
    "The quick brown fox jumps over the lazy dog.",
    "Ünïcödé naïve façade — “quotes” and 3.14159 €",
    "const x = (a, b) => a?.b ?? `<b>`; // comment_here",
    "ΑΒΓΔ Привет, мир! שלום عالم",
    "北京 is 漢字, ひらがな too; 한국어",
    "tabs\tand\r\nlines\u00a0and nbsp, zero\u200bwidth, İstanbul straße ﬁne",
  ])("gives the tokens of the reference for %j", (text) => {
    expect(tokenizer.tokenize(text).ids).toEqual(referenceIds(text));
  });

  it("agrees with the reference on any ASCII text of words up to 100 characters", () => {
    const word = fc.string({ unit: "binary-ascii", maxLength: 40 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const text = words
          .join(" ")
          .replaceAll("[", "(")
          .replaceAll(/[\v\f]/gu, " ");
        expect(tokenizer.tokenize(text).ids).toEqual(referenceIds(text));
      }),
    );
  });

  it("says where each token is in the text", () => {
    const text = "  Zürich's tokenization 漢x";
    const { ids, starts, ends } = tokenizer.tokenize(text);
    const found = ids.map((id, index) => [names.get(id), text.slice(starts[index], ends[index])]);
    expect(found).toEqual([
      ["zurich", "Zürich"],
      ["'", "'"],
      ["s", "s"],
      ["token", "token"],
      ["##ization", "ization"],
      ["漢", "漢"],
      ["x", "x"],
    ]);
  });

  it("keeps the word beside an emoji", () => {
    const { ids } = tokenizer.tokenize("great🎉stuff");
    expect(ids.map((id) => names.get(id))).toEqual(["great", "[UNK]", "stuff"]);
  });

  it("reads a giant word in parts instead of as one unknown token", () => {
    const { ids } = tokenizer.tokenize("memory".repeat(1_000));
    expect(ids.length).toBeGreaterThan(900);
    expect(ids).not.toContain(vocabulary.get("[UNK]"));
  });

  it("takes a special token's name as text", () => {
    const { ids } = tokenizer.tokenize("[SEP] [CLS]");
    expect(ids).not.toContain(tokenizer.specials.end);
    expect(ids).not.toContain(tokenizer.specials.start);
  });

  it("gives no token for controls and lone surrogates", () => {
    expect(tokenizer.tokenize("\u0000\u0007\ud800 \udc00\ufffd\u200b").ids).toEqual([]);
  });

  it("refuses a vocabulary without the special tokens", () => {
    expect(() => new WordPieceTokenizer(new Map([["a", 1]]))).toThrow("no [UNK]");
  });
});
