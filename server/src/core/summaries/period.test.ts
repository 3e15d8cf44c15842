import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, dateOf, periodOf } from "./period.ts";

const at = (text: string) => Date.parse(`${text}T13:00:00Z`);

describe("the period of a moment", () => {
  test.each([
    ["daily", "2026-05-06", "2026-05-06", "2026-05-07"],
    ["weekly", "2026-05-06", "2026-05-04", "2026-05-11"],
    ["weekly", "2026-05-04", "2026-05-04", "2026-05-11"],
    ["weekly", "2026-05-10", "2026-05-04", "2026-05-11"],
    // The first of May is a Friday, so that its week is April's.
    ["monthly", "2026-05-06", "2026-05-04", "2026-06-01"],
    ["monthly", "2026-05-01", "2026-03-30", "2026-05-04"],
    ["monthly", "2026-12-31", "2026-11-30", "2027-01-04"],
    ["monthly", "2027-01-02", "2026-11-30", "2027-01-04"],
  ] as const)("%s of %s is from %s to %s", (level, day, ...expected) => {
    const period = periodOf(level, at(day));
    expect([dateOf(period.since), dateOf(period.until)]).toEqual(expected);
  });

  test("holds it, and lies whole in the longer one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: at("2100-01-01") }), (time) => {
        const [day, week, month] = (["daily", "weekly", "monthly"] as const).map((level) =>
          periodOf(level, time),
        );
        for (const period of [day, week, month]) {
          expect(period?.since).toBeLessThanOrEqual(time);
          expect(period?.until).toBeGreaterThan(time);
        }
        expect(month?.since).toBeLessThanOrEqual(week?.since ?? -1);
        expect(month?.until).toBeGreaterThanOrEqual(week?.until ?? Number.POSITIVE_INFINITY);
        expect(((month?.until ?? 0) - (month?.since ?? 0)) % (7 * DAY_MS)).toBe(0);
      }),
    );
  });
});
