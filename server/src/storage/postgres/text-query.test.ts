import { expect, test } from "vitest";
import { expressionQuery, runQueries, wordQuery } from "./text-query.ts";

test("a word of several is a phrase, one without letters is none", () => {
  expect(wordQuery("Running")).toBe("'run'");
  expect(wordQuery("dog-friendly")).toBe("('dog' <-> 'friendli')");
  expect(wordQuery("🎉'|&!")).toBeNull();
});

test("a run without spaces is found by its pairs, a single character by itself", () => {
  expect(runQueries("東京駅")).toEqual(["'東京'", "'京駅'"]);
  expect(runQueries("東")).toEqual(["'東'"]);
});

test.each([
  ["apple NOT green", "('appl' & ! 'green')", ["'appl'"]],
  ["a1 OR b1 AND c1", "('a1' | ('b1' & 'c1'))", ["'a1'", "'b1'", "'c1'"]],
  ["(a1 OR b1) c1", "(('a1' | 'b1') & 'c1')", ["'a1'", "'b1'", "'c1'"]],
  ["a1 b1 NOT c1", "(('a1' & 'b1') & ! 'c1')", ["'a1'", "'b1'"]],
  ['"red apple"*', "('red' <-> 'appl':*)", ["('red' <-> 'appl':*)"]],
  ["!! AND a1", "'a1'", ["'a1'"]],
])("%s is %s", (expression, query, wanted) => {
  expect(expressionQuery(expression)).toEqual({ query, wanted });
});

test("what is not an expression, or has no word, is none", () => {
  for (const text of ["", "a AND", "((a", '"a', "!!", "!! NOT a"]) {
    expect(expressionQuery(text), text).toBeNull();
  }
});
