import { nanoFromDollars } from "./nano.ts";
import { dayOf, monthOf } from "./spending.ts";

/** `budgets` of the configuration: US dollars, UTC days and months. */
export interface Budgets {
  perDay?: number | undefined;
  perMonth?: number | undefined;
  perDayForEachKey?: number | undefined;
  perMonthForEachKey?: number | undefined;
}

export interface BudgetLimit {
  /** Its key in the configuration. */
  name: string;
  nano: bigint;
  span: "day" | "month";
  forEachKey: boolean;
}

/** The limits that are set, the narrowest span first. */
export function budgetLimits(budgets: Budgets): BudgetLimit[] {
  const limits: (Omit<BudgetLimit, "nano"> & { dollars: number | undefined })[] = [
    { name: "per_day", span: "day", forEachKey: false, dollars: budgets.perDay },
    { name: "per_month", span: "month", forEachKey: false, dollars: budgets.perMonth },
    {
      name: "per_day_for_each_key",
      span: "day",
      forEachKey: true,
      dollars: budgets.perDayForEachKey,
    },
    {
      name: "per_month_for_each_key",
      span: "month",
      forEachKey: true,
      dollars: budgets.perMonthForEachKey,
    },
  ];
  return limits.flatMap(({ dollars, ...limit }) =>
    dollars === undefined ? [] : [{ ...limit, nano: nanoFromDollars(dollars, "down") }],
  );
}

/** The day or month, of the limit's span, that a time in milliseconds falls into. */
export function periodOf({ span }: BudgetLimit, now: number): string {
  const day = dayOf(now);
  return span === "day" ? day : monthOf(day);
}

/** When the limit begins anew, milliseconds since the epoch. */
export function resetsAt({ span }: BudgetLimit, now: number): number {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return span === "day" ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}
