import { describe, expect, test } from "vitest";
import { parseDuration, parseExpiry } from "./duration-option.ts";

const now = () => Date.parse("2026-11-26T00:00:00Z");

describe("how long something goes on", () => {
  test.each([
    ["30m", 1_800_000],
    ["12h", 43_200_000],
    ["2w", 1_209_600_000],
    ["0d", 0],
  ])("%s is read", (text, milliseconds) => {
    expect(parseDuration(text, "--grace")).toBe(milliseconds);
  });

  test.each(["", "1", "1y", "-1d", "1.5h"])("%j is refused with what to write", (text) => {
    expect(() => parseDuration(text, "--grace")).toThrow(/--grace does not understand/);
  });
});

describe("when a key expires", () => {
  test.each([
    ["90d", "2027-02-24T00:00:00.000Z"],
    ["2027-01-31", "2027-01-31T23:59:59.000Z"],
    ["2027-01-31T12:00:00Z", "2027-01-31T12:00:00.000Z"],
  ])("%s is read", (text, time) => {
    expect(parseExpiry(text, { now })).toBe(time);
  });

  test.each(["soon", "2026-02-31", "2026-13-01", "2027-01-31Tnoon"])("%j is refused", (text) => {
    expect(() => parseExpiry(text, { now })).toThrow(/--expires does not understand/);
  });
});
