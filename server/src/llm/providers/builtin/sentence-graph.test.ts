import { describe, expect, test } from "vitest";
import { rankBySimilarity, similarity, termVectors } from "./sentence-graph.ts";

describe("the graph of sentences", () => {
  test("measures likeness between 0 for nothing shared and 1 for the same", () => {
    const [a, b, c] = termVectors([["x", "y"], ["y", "x"], ["z"]]);
    expect(similarity(a, b)).toBeCloseTo(1);
    expect(similarity(a, c)).toBe(0);
  });

  test("ranks the sentence that the others resemble first, with a mean of 1", () => {
    const ranks = rankBySimilarity(
      termVectors([["a", "b", "c"], ["a", "q"], ["b", "r"], ["c", "s"], ["alone"]]),
    );
    expect(ranks.indexOf(Math.max(...ranks))).toBe(0);
    expect(ranks.indexOf(Math.min(...ranks))).toBe(4);
    expect(ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length).toBeCloseTo(1);
  });

  test("ranks sentences without words alike", () => {
    expect(rankBySimilarity(termVectors([[], []]))).toEqual([expect.closeTo(1), expect.closeTo(1)]);
    expect(rankBySimilarity([])).toEqual([]);
  });
});
