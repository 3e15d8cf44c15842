import { describe, expect, test } from "vitest";
import { findQueryDate, isWithin } from "./query-dates.ts";

const at = (iso: string) => Date.parse(iso);
const NOW = at("2024-06-15T12:00:00Z");

describe("dates that a query names", () => {
  test.each([
    ["what happened on 2023-05-08", { year: 2023, month: 5, day: 8 }],
    ["notes of 2023-05", { year: 2023, month: 5 }],
    ["the party on 8 May 2023", { year: 2023, month: 5, day: 8 }],
    ["the party on 8th of may", { month: 5, day: 8 }],
    ["May 8th, 2023", { year: 2023, month: 5, day: 8 }],
    ["sept 3", { month: 9, day: 3 }],
    ["Dec. 2023", { year: 2023, month: 12 }],
    ["the trip in March", { month: 3 }],
    ["what I learned in 2022", { year: 2022 }],
    ["29 February", { month: 2, day: 29 }],
    ["29 February 2024", { year: 2024, month: 2, day: 29 }],
  ])("%s", (query, expected) => {
    expect(findQueryDate(query)).toEqual(expected);
  });

  test.each([
    "2023-13-01",
    "2023-00-10",
    "2023-02-31",
    "2023-04-00",
    "room 45 may fit",
    "march on and you may win",
    "model 2022",
    "yesterday",
    "",
  ])("%j names none without a clock", (query) => {
    expect(findQueryDate(query)).toBeUndefined();
  });

  test("an impossible day still names its month", () => {
    expect(findQueryDate("on 31 February 2023")).toEqual({ year: 2023, month: 2 });
    expect(findQueryDate("on 31 February")).toEqual({ month: 2 });
    expect(findQueryDate("29 February 2023")).toEqual({ year: 2023, month: 2 });
  });
});

describe("whether a moment lies in the period", () => {
  test("a day begins a day early, for time zones, and ends three days later", () => {
    const date = { year: 2023, month: 5, day: 8 };
    expect(isWithin(at("2023-05-07T00:00:00Z"), date)).toBe(true);
    expect(isWithin(at("2023-05-08T23:59:59Z"), date)).toBe(true);
    expect(isWithin(at("2023-05-11T00:00:00Z"), date)).toBe(true);
    expect(isWithin(at("2023-05-06T23:00:00Z"), date)).toBe(false);
    expect(isWithin(at("2023-05-12T00:00:00Z"), date)).toBe(false);
    expect(isWithin(at("2022-05-08T12:00:00Z"), date)).toBe(false);
  });

  test("a day without a year recurs, over New Year too", () => {
    expect(isWithin(at("2021-12-31T12:00:00Z"), { month: 1, day: 1 })).toBe(true);
    expect(isWithin(at("2022-01-02T12:00:00Z"), { month: 12, day: 31 })).toBe(true);
    expect(isWithin(at("2022-06-02T12:00:00Z"), { month: 12, day: 31 })).toBe(false);
  });

  test("a month and a year alone", () => {
    expect(isWithin(at("2021-03-31T12:00:00Z"), { month: 3 })).toBe(true);
    expect(isWithin(at("2021-04-01T12:00:00Z"), { month: 3 })).toBe(false);
    expect(isWithin(at("2021-04-01T12:00:00Z"), { year: 2021 })).toBe(true);
    expect(isWithin(at("2022-01-01T00:00:00Z"), { year: 2021 })).toBe(false);
  });
});

test.each([
  ["what did I say yesterday", "2024-06-14T20:00:00Z", "2024-06-10T00:00:00Z"],
  ["what came up today", "2024-06-15T01:00:00Z", "2024-06-13T00:00:00Z"],
  ["plans of last week", "2024-06-05T00:00:00Z", "2024-05-20T00:00:00Z"],
  ["plans of this month", "2024-06-01T00:00:00Z", "2024-04-30T00:00:00Z"],
  ["two weeks ago", "2024-06-01T00:00:00Z", "2024-06-14T00:00:00Z"],
  ["a year ago", "2023-06-15T00:00:00Z", "2024-06-01T00:00:00Z"],
])("%s is meant from now", (query, inside, outside) => {
  const date = findQueryDate(query, NOW) ?? { year: 1 };
  expect(isWithin(at(inside), date)).toBe(true);
  expect(isWithin(at(outside), date)).toBe(false);
});

test("an absurd distance is no moment at all", () => {
  const date = findQueryDate(`${"9".repeat(400)} years ago`, NOW) ?? { year: 1 };
  expect(isWithin(NOW, date)).toBe(false);
});
