import { expect, test } from "vitest";
import { formatAge, formatBytes, formatDuration, formatNumber } from "./quantities.ts";
import { parseTime } from "./time-option.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [999_960, "1.0 MB"],
  [123_456_789, "123 MB"],
  [5e13, "50.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("durations read like a clock", () => {
  expect([0, 41_001, 725_000, 11_220_000].map(formatDuration)).toEqual([
    "0:00",
    "0:42",
    "12:05",
    "3:07:00",
  ]);
});

test("ages use the unit that matters", () => {
  expect([59, 61, 11_100, 400_000].map(formatAge)).toEqual([
    "59 s",
    "1 min",
    "3 h 5 min",
    "4 days",
  ]);
});

test("counts have thousands marked and their plural", () => {
  expect(formatNumber(1, "message")).toBe("1 message");
  expect(formatNumber(12_345, "match", "matches")).toBe("12,345 matches");
});

const now = () => Date.parse("2026-02-01T12:00:00.000Z");
const read = (text: string, end = false) => parseTime(text, { option: "--since", end, now });

test("times may be how long ago, a day here, or exact", () => {
  expect(read("12h")).toBe("2026-02-01T00:00:00.000Z");
  expect(read("2w")).toBe("2026-01-18T12:00:00.000Z");
  expect(read("2026-01-25T20:30:00Z")).toBe("2026-01-25T20:30:00.000Z");
  expect(read("2026-01-25")).toBe(new Date(2026, 0, 25).toISOString());
  expect(read("2026-01-25", true)).toBe(new Date(2026, 0, 25, 23, 59, 59, 999).toISOString());
});

test.each(["yesterday", "2026-02-30", "2026-13-01", "7x", "", "2026-01-25Tlate"])(
  "%j is refused with the forms that are understood",
  (text) => {
    expect(() => read(text)).toThrow(`--since does not understand "${text}"`);
  },
);
