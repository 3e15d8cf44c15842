import { describe, expect, test } from "vitest";
import { type Judged, reliability, slopeAndShift } from "./calibration.ts";

/** A thousand a confidence, of which the given share is right. */
const judged = (shares: readonly [confidence: number, right: number][]): Judged[] =>
  shares.flatMap(([confidence, right]) =>
    Array.from({ length: 1000 }, (_, place) => ({ confidence, isRight: place < right * 1000 })),
  );

describe("calibration", () => {
  test("has slope 1 and shift 0 where confidences are what is right", () => {
    const { slope, shift } = slopeAndShift(
      judged([
        [0.1, 0.1],
        [0.5, 0.5],
        [0.8, 0.8],
      ]),
    );
    expect(slope).toBeCloseTo(1, 1);
    expect(shift).toBeCloseTo(0, 1);
  });

  test("tells too little confidence by a shift above 0, too bold ones by a slope below 1", () => {
    expect(
      slopeAndShift(
        judged([
          [0.2, 0.5],
          [0.5, 0.8],
        ]),
      ).shift,
    ).toBeGreaterThan(1);
    expect(
      slopeAndShift(
        judged([
          [0.1, 0.4],
          [0.9, 0.6],
        ]),
      ).slope,
    ).toBeLessThan(0.3);
  });

  test("counts by bins, without empty ones", () => {
    expect(reliability(judged([[0.25, 0.5]]), [0, 0.2, 0.4, 1.01])).toEqual([
      { from: 0.2, below: 0.4, count: 1000, mean: expect.closeTo(0.25), right: 0.5 },
    ]);
  });
});
