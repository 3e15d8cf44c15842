import { expect, it } from "vitest";
import { scaleOf, toReference } from "./cosine-scale.ts";

const spread = (mean: number, deviation: number) =>
  Array.from({ length: 40 }, (_, at) => mean + deviation * Math.sin(at) * Math.SQRT2);

it("a model whose unrelated texts are all alike and one that sets them apart say the same of a match", () => {
  const narrow = scaleOf(spread(0.6, 0.03), []);
  const wide = scaleOf(spread(0.05, 0.085), []);
  expect(toReference(0.6 + 5 * 0.03, narrow)).toBeCloseTo(toReference(0.05 + 5 * 0.085, wide), 1);
  expect(toReference(0.6, narrow)).toBeCloseTo(0.05, 1);
});

it("keeps the order, and stays a cosine", () => {
  const scale = scaleOf(spread(0.7, 0.02), []);
  const scores = [0.5, 0.65, 0.7, 0.8, 0.99].map((cosine) => toReference(cosine, scale));
  expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  expect(Math.max(...scores)).toBeLessThanOrEqual(1);
  expect(Math.min(...scores)).toBeGreaterThanOrEqual(-1);
});

it("shows a good hit of a memory that is too small for a sample, and none as less than unrelated", () => {
  expect(toReference(1, scaleOf([], [1]))).toBeGreaterThan(0.5);
  expect(toReference(0.3, scaleOf([], [0.9, 0.3]))).toBeCloseTo(0.05, 5);
  expect(scaleOf([], [])).toEqual({ mean: 0.4, deviation: 0.1 });
});
