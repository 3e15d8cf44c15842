import { describe, expect, it } from "vitest";
import { unitLength } from "./embedding-runtime.ts";

describe("unitLength", () => {
  it("scales a vector to length 1", () => {
    expect(unitLength(Float32Array.of(3, 4))).toEqual(Float32Array.of(0.6, 0.8));
  });

  it.each([
    [Float32Array.of(0, 0)],
    [Float32Array.of(1, Number.NaN)],
    [Float32Array.of(Number.POSITIVE_INFINITY, 1)],
  ])("refuses a vector without a direction: %j", (vector) => {
    expect(() => unitLength(vector)).toThrow("without a direction");
  });
});
