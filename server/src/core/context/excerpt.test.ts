import { expect, test } from "vitest";
import { excerptOf } from "./excerpt.ts";

const filler = "Nothing of interest is told in this sentence about the weather. ".repeat(20);

test("an excerpt holds the passages with the query's words and marks what is left out", () => {
  const text = `${filler}The spare key hangs behind the clock. ${filler}`;
  const excerpt = excerptOf(text, new Set(["spare", "kei"]), 500);
  expect(excerpt).toContain("The spare key hangs behind the clock.");
  expect(excerpt).toContain(" […] ");
  expect(excerpt.endsWith("[…]")).toBe(true);
  expect(excerpt.length).toBeLessThan(520);
});

test("words are found where no space separates them, and sentences end there too", () => {
  const text = `${"这句话里没有什么有意思的事情。".repeat(60)}备用钥匙挂在钟的后面。${"今天的天气和昨天一样。".repeat(60)}`;
  const excerpt = excerptOf(text, new Set(["备用", "用钥", "钥匙"]), 500);
  expect(excerpt).toContain("备用钥匙挂在钟的后面。");
  expect(excerpt.length).toBeLessThan(560);
});

test("without a word of the query it is the beginning", () => {
  const excerpt = excerptOf(`First of all: hello. ${filler}`, new Set(), 300);
  expect(excerpt.startsWith("First of all: hello.")).toBe(true);
  expect(excerpt.length).toBeLessThan(320);
});

test.each(["x".repeat(50_000), "\n".repeat(3000), "🎉".repeat(9000), "a. ".repeat(9000)])(
  "any text gives a short excerpt that is well formed",
  (text) => {
    const excerpt = excerptOf(text, new Set(["x"]), 500);
    expect(excerpt.isWellFormed()).toBe(true);
    expect(excerpt.length).toBeLessThan(800);
  },
);
