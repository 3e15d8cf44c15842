import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearestKey } from "./nearest-key.ts";

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["abc", "", 3],
    ["port", "prot", 1],
    ["port", "ports", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("from %j to %j is %i", (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
  });

  test("is the same in both directions and zero only for equal words", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
      }),
    );
  });
});

test("nearestKey takes the closest candidate and nothing that is far away", () => {
  expect(nearestKey("log_levl", ["log_format", "log_level"])).toBe("log_level");
  expect(nearestKey("LOG_LEVEL", ["log_level"])).toBe("log_level");
  expect(nearestKey("zebra", ["log_level"])).toBeUndefined();
});
