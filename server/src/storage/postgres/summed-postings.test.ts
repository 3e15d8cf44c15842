import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestOf, restrictedTo, summedPostings, type WeightedPostings } from "./summed-postings.ts";

const ascending = fc
  .uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 200 })
  .map((numbers) => Float64Array.from(numbers).sort());
const lists = fc.array(
  // Halves add up without rounding, so that equal scores are equal.
  fc.record({
    numbers: ascending,
    weight: fc.integer({ min: 1, max: 12 }).map((halves) => halves / 2),
  }),
  { maxLength: 6 },
);

function addedUp(postings: readonly WeightedPostings[]): Map<number, number> {
  const scores = new Map<number, number>();
  for (const { numbers, weight } of postings) {
    for (const number of numbers) scores.set(number, (scores.get(number) ?? 0) + weight);
  }
  return scores;
}

describe("messages by the words they hold", () => {
  it("sums the words' weights, in the order of storing", () => {
    fc.assert(
      fc.property(lists, (postings) => {
        const { numbers, scores } = summedPostings(postings);
        const expected = [...addedUp(postings)].sort((a, b) => a[0] - b[0]);
        expect(Array.from(numbers, (number, at) => [number, scores[at]])).toEqual(expected);
      }),
    );
  });

  it("answers the best, the newest of equals", () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 80 }), (postings, count) => {
        const sum = summedPostings(postings);
        const expected = [...addedUp(postings)].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
        const best = expected.slice(0, count).map(([number]) => number);
        expect(bestOf(sum, count).sort()).toEqual(best.sort());
      }),
    );
  });

  it("keeps to given messages, also to those without a score", () => {
    fc.assert(
      fc.property(lists, ascending, (postings, wanted) => {
        const scores = addedUp(postings);
        const kept = restrictedTo(summedPostings(postings), wanted);
        expect(Array.from(kept.numbers)).toEqual(Array.from(wanted));
        expect(Array.from(kept.scores)).toEqual(
          Array.from(wanted, (number) => scores.get(number) ?? 0),
        );
      }),
    );
  });
});
