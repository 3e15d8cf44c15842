const CENTS = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
/** As many as toFixed knows to be right. */
const MOST_DIGITS = 20;

/** `$0`, `$12.35`, and of less than a dollar three figures: `$0.0000525`. */
export function formatDollars(amount: number): string {
  if (amount === 0) return "$0";
  const size = Math.abs(amount);
  const text = size < 1 ? threeFigures(size) : CENTS.format(size);
  return `${amount < 0 ? "-" : ""}$${text}`;
}

/** At least the cents, and no zeros behind them. */
function threeFigures(amount: number): string {
  const digits = Math.min(MOST_DIGITS, 2 - Math.floor(Math.log10(amount)));
  return amount.toFixed(digits).replace(/(\.\d\d\d*?)0+$/, "$1");
}
