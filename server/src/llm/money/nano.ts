/** Digits of a number as JavaScript writes it, and the power of ten that they count from: 1.3e-7 is 13 × 10⁻⁸. */
const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

const NANO_DIGITS = 9;
const NANO_PER_DOLLAR = 1e9;
const PICO_PER_NANO = 1000n;
/** Picodollars a token from dollars for 1,000 tokens: 10¹² / 10³. */
const PICO_DIGITS_PER_1K = 9;
/** Picodollars a token from dollars for a million tokens. */
const PICO_DIGITS_PER_MILLION = 6;

export type Rounding = "up" | "down";

/**
 * A decimal number times a power of ten, as its shortest text says it: 0.00013 is 13/100,000, not the binary fraction
 * nearest to it.
 * @throws RangeError for what is negative or no number.
 */
function scaled(value: number, digits: number, rounding: Rounding): bigint {
  const match = DECIMAL.exec(String(value));
  if (match === null) throw new RangeError(`An amount of money cannot be ${value}`);
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const mantissa = BigInt(whole + fraction);
  const power = digits + Number(exponent) - fraction.length;
  if (power >= 0) return mantissa * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return rounding === "up" ? ceilDivide(mantissa, divisor) : mantissa / divisor;
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Picodollars for one token. Exact down to $10⁻⁹ for 1,000 tokens; anything finer is rounded up. */
export function picoFromDollarsPer1k(dollars: number): bigint {
  return scaled(dollars, PICO_DIGITS_PER_1K, "up");
}

/** Picodollars for one token. Exact down to $10⁻⁶ for a million tokens; anything finer is rounded up. */
export function picoFromDollarsPerMillion(dollars: number): bigint {
  return scaled(dollars, PICO_DIGITS_PER_MILLION, "up");
}

/** Dollars for 1,000 tokens as the nearest number, for people. */
export function dollarsPer1kFromPico(pico: bigint): number {
  return toDollars(pico);
}

/** Nano-dollars of a sum of picodollars: the one place where a cost is rounded, and it is rounded up. */
export function nanoFromPico(pico: bigint): bigint {
  return ceilDivide(pico, PICO_PER_NANO);
}

/** Nano-dollars: costs are rounded up, limits down. */
export function nanoFromDollars(dollars: number, rounding: Rounding): bigint {
  return scaled(dollars, NANO_DIGITS, rounding);
}

/** The exact amount in dollars: `0.000000013`, `2.5`, `12`. */
export function exactDollars(nano: bigint): string {
  const sign = nano < 0n ? "-" : "";
  const digits = (nano < 0n ? -nano : nano).toString().padStart(NANO_DIGITS + 1, "0");
  const point = digits.length - NANO_DIGITS;
  let end = digits.length;
  while (end > point && digits[end - 1] === "0") end -= 1;
  const whole = sign + digits.slice(0, point);
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`;
}

/** The exact amount for people, with cents: `$2.50`, `$0.000013`. */
export function formatDollars(nano: bigint): string {
  const [whole = "0", fraction = ""] = exactDollars(nano).split(".");
  const text = `${whole.replace("-", "")}.${fraction.padEnd(2, "0")}`;
  return nano < 0n ? `-$${text}` : `$${text}`;
}

/** Dollars as the nearest number. */
export function toDollars(nano: bigint): number {
  const number = Number(nano);
  // The quotient of two exact numbers is the nearest one to it.
  return Number.isSafeInteger(number) ? number / NANO_PER_DOLLAR : Number(exactDollars(nano));
}
