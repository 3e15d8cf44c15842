import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoverageRanking, type WeightedPostings } from "./coverage-ranking.ts";

const words = fc.array(
  fc.record({
    numbers: fc
      .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 200 })
      .map((numbers) => Uint32Array.from(numbers.sort((a, b) => a - b))),
    // Halves add up without rounding, so that equal scores are equal.
    weight: fc.integer({ min: 1, max: 12 }).map((halves) => halves / 2),
  }),
  { maxLength: 6 },
);

function addedUp(postings: readonly WeightedPostings[]): [number, number][] {
  const scores = new Map<number, number>();
  for (const { numbers, weight } of postings) {
    for (const number of numbers) scores.set(number, (scores.get(number) ?? 0) + weight);
  }
  return [...scores].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
}

describe("ranking by the words that messages hold", () => {
  it("sums the words' weights, the best first, the newer of equals first", () => {
    const ranking = new CoverageRanking();
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 80 }), (postings, limit) => {
        const expected = addedUp(postings);
        const { hits, total } = ranking.rank(postings, limit);
        expect(total).toBe(expected.length);
        expect(hits.map(({ message, score }) => [message, score])).toEqual(
          expected.slice(0, limit),
        );
      }),
    );
  });

  it("keeps nothing of one query for the next, also when numbers grow", () => {
    const ranking = new CoverageRanking();
    const one = { numbers: Uint32Array.of(1, 5), weight: 2 };
    const far = { numbers: Uint32Array.of(5, 1_000_000), weight: 1 };
    expect(ranking.rank([one], 10).hits).toHaveLength(2);
    expect(ranking.rank([far], 10).hits).toEqual([
      { message: 1_000_000, score: 1 },
      { message: 5, score: 1 },
    ]);
    expect(ranking.rank([one, far], 1).hits).toEqual([{ message: 5, score: 3 }]);
    expect(ranking.rank([], 10)).toEqual({ hits: [], total: 0 });
  });
});
