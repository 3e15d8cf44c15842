interface Period {
  all: bigint;
  byKey: Map<string, bigint>;
}

const DAY_MS = 86_400_000;

/** Of the last answer: writing a date costs more than all else that a budget does, and days are few. */
const last = { number: Number.NaN, name: "" };

/** The UTC day of a time in milliseconds since the epoch: `2026-11-25`. */
export function dayOf(time: number): string {
  const number = Math.floor(time / DAY_MS);
  if (number !== last.number) {
    last.name = new Date(time).toISOString().slice(0, 10);
    last.number = number;
  }
  return last.name;
}

const lastMonth = { day: "", name: "" };

/** The month of a day: `2026-11`. */
export function monthOf(day: string): string {
  if (day !== lastMonth.day) {
    lastMonth.day = day;
    lastMonth.name = day.slice(0, 7);
  }
  return lastMonth.name;
}

/** Spent and reserved in nano-dollars by day and month, for all and for each key; what is older is forgotten. */
export class Spending {
  /** By `2026-11-25` and `2026-11`. */
  readonly #periods = new Map<string, Period>();

  /** Adds to (or, below zero, takes from) a day and its month. */
  add(key: string, day: string, nano: bigint): void {
    addTo(this.#period(day), key, nano);
    addTo(this.#period(monthOf(day)), key, nano);
  }

  /** Of all keys when none is named. */
  spent(period: string, key?: string): bigint {
    const known = this.#periods.get(period);
    if (known === undefined) return 0n;
    return key === undefined ? known.all : (known.byKey.get(key) ?? 0n);
  }

  /** Keys that spent anything in that day or month. */
  keys(period: string): string[] {
    return [...(this.#periods.get(period)?.byKey.keys() ?? [])];
  }

  #period(name: string): Period {
    const known = this.#periods.get(name);
    if (known !== undefined) return known;
    const fresh: Period = { all: 0n, byKey: new Map() };
    this.#periods.set(name, fresh);
    this.#forgetBefore(monthBefore(monthOf(name)));
    return fresh;
  }

  /** Two months are kept: a clock that is put back finds what it knew. */
  #forgetBefore(month: string): void {
    for (const name of this.#periods.keys()) if (name < month) this.#periods.delete(name);
  }
}

function addTo(period: Period, key: string, nano: bigint): void {
  period.all += nano;
  period.byKey.set(key, (period.byKey.get(key) ?? 0n) + nano);
}

function monthBefore(month: string): string {
  return monthOf(dayOf(Date.parse(`${month}-01T00:00:00Z`) - 1));
}
