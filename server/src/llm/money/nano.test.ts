import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  dollarsPer1kFromPico,
  exactDollars,
  formatDollars,
  nanoFromDollars,
  nanoFromPico,
  picoFromDollarsPer1k,
  picoFromDollarsPerMillion,
  toDollars,
} from "./nano.ts";

describe("reading prices", () => {
  test("is exact where floating point is not", () => {
    expect(picoFromDollarsPer1k(0.00013)).toBe(130_000n);
    expect(picoFromDollarsPer1k(0.00002)).toBe(20_000n);
    expect(picoFromDollarsPer1k(1e-7)).toBe(100n);
    expect(picoFromDollarsPer1k(0.1 + 0.2)).toBe(300_000_001n);
    expect(picoFromDollarsPerMillion(0.0375)).toBe(37_500n);
    expect(picoFromDollarsPerMillion(0.15)).toBe(150_000n);
    expect(picoFromDollarsPerMillion(1e21)).toBe(10n ** 27n);
  });
  test("never makes a price of nothing out of a tiny one", () => {
    expect(picoFromDollarsPer1k(1e-12)).toBe(1n);
    expect(picoFromDollarsPer1k(0)).toBe(0n);
  });
  test("a price is read back as it was written", () => {
    for (const price of [0, 1e-7, 0.00013, 0.0025, 15]) {
      expect(dollarsPer1kFromPico(picoFromDollarsPer1k(price))).toBe(price);
    }
  });
  test("refuses what is no amount", () => {
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => picoFromDollarsPer1k(value)).toThrow(RangeError);
    }
  });
  test("agrees with the price for a million wherever both can say it", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (units) => {
        const perMillion = Number(`${units}e-6`);
        const per1k = Number(`${units}e-9`);
        expect(picoFromDollarsPerMillion(perMillion)).toBe(BigInt(units));
        expect(picoFromDollarsPer1k(per1k)).toBe(BigInt(units));
      }),
    );
  });
});

describe("amounts", () => {
  test("limits are rounded down and costs up", () => {
    expect(nanoFromDollars(1.5, "down")).toBe(1_500_000_000n);
    expect(nanoFromDollars(0.000_000_000_7, "down")).toBe(0n);
    expect(nanoFromDollars(0.000_000_000_7, "up")).toBe(1n);
  });
  test("are written out exactly and read back the same", () => {
    expect([0n, 13n, 2_500_000_000n, 12_000_000_000n].map(exactDollars)).toEqual([
      "0",
      "0.000000013",
      "2.5",
      "12",
    ]);
    expect([0n, 13_000n, 2_500_000_000n, -10_000_000n].map(formatDollars)).toEqual([
      "$0.00",
      "$0.000013",
      "$2.50",
      "-$0.01",
    ]);
    expect(toDollars(125_000n)).toBe(0.000125);
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n - 1n), (nano) => {
        expect(nanoFromDollars(toDollars(nano), "up")).toBe(nano);
      }),
    );
  });
  test("a sum is rounded once, up, by less than one nano-dollar", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 10n ** 15n)), (picos) => {
        const sum = picos.reduce((total, pico) => total + pico, 0n);
        const apart = picos.reduce((total, pico) => total + nanoFromPico(pico), 0n);
        const excess = nanoFromPico(sum) * 1000n - sum;
        expect(excess >= 0n && excess < 1000n).toBe(true);
        expect(apart >= nanoFromPico(sum)).toBe(true);
      }),
    );
  });
});
