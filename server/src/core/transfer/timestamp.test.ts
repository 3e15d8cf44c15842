import { describe, expect, it } from "vitest";
import { readTimestamp, readWrittenTimestamp, writeTimestamp } from "./timestamp.ts";

const NOON = Date.UTC(2024, 4, 9, 12, 0, 0);

describe("timestamps", () => {
  it.each([
    ["2024-05-09T12:00:00Z", NOON],
    ["2024-05-09T12:00:00", NOON],
    ["2024-05-09 12:00", NOON],
    ["2024-05-09T14:00:00+02:00", NOON],
    ["2024-05-09T07:30:00-0430", NOON],
    ["2024-05-09 12:00:00.123456 UTC", NOON + 123],
    ["2024-05-09", Date.UTC(2024, 4, 9)],
    ["Thu, 09 May 2024 12:00:00 GMT", NOON],
    [NOON / 1000, NOON],
    [NOON, NOON],
    [String(NOON / 1000), NOON],
    [1700000000.1239, 1700000000124],
  ])("reads %s", (value, expected) => {
    expect(readTimestamp(value)).toBe(expected);
  });

  it.each(["yesterday", "2024-13-45", "05/09/2024", "", 0, -5, Number.NaN, 1e300, null, {}])(
    "takes %s for no time rather than for a wrong one",
    (value) => {
      expect(readTimestamp(value)).toBeUndefined();
    },
  );

  it.each([0, -1, NOON + 7, 8.64e15, -8.64e15, 12.5, 1e300])(
    "brings %s back as written",
    (value) => {
      expect(readWrittenTimestamp(writeTimestamp(value))).toBe(value);
    },
  );
});
