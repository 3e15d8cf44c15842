import type { Owner } from "../../core/conversations/conversation.ts";
import type { CostGrouping, CostStore, CostSum } from "../../core/ports/cost-store.ts";
import type { BudgetLedger, BudgetView } from "./budget-ledger.ts";
import { exactDollars, toDollars } from "./nano.ts";

export interface CostReportSources {
  costs: Pick<CostStore, "sums" | "sumsOfAll">;
  ledger: Pick<BudgetLedger, "flush" | "budgets">;
}

/** Days are UTC and inclusive. */
export interface CostQuery {
  by: CostGrouping | "owner";
  since?: string | undefined;
  until?: string | undefined;
}

/** An amount as the nearest number of dollars and exactly. */
interface Amount {
  cost: number;
  exactCost: string;
  /** Nano-dollars. */
  nano: string;
}

export interface CostRow extends Amount {
  /** The provider, model, key ("" without one), day or owner ("" is who was erased). */
  group: string;
  requests: number;
  /** Of these, the requests whose price is not known: they are not in the cost. */
  unpriced: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
}

export interface CostReport {
  by: CostQuery["by"];
  total: Amount & { requests: number; unpriced: number };
  rows: CostRow[];
  /** Models that served requests without a known price: the cost is at least what it says. */
  unpricedModels: string[];
  /** Every configured limit, for the current day or month; US dollars. */
  budgets: {
    name: string;
    key: string | undefined;
    limit: number;
    spent: number;
    left: number;
    /** ISO 8601, UTC. */
    resetsAt: string;
  }[];
  /** False when the latest spending could not be written and is missing here. */
  complete: boolean;
}

/** What calls of models cost an owner (null: everyone), in groups, the dearest first; what is under way is not in it yet. */
export async function costReport(
  { costs, ledger }: CostReportSources,
  owner: Owner | null,
  { by, since, until }: CostQuery,
): Promise<CostReport> {
  const complete = await ledger.flush().then(
    () => true,
    // The ledger's log says why; what is on disk can be told all the same.
    () => false,
  );
  const days = {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  const read = (group: CostQuery["by"]) => sumsOf(costs, owner, { by: group, ...days });
  const sums = await read(by);
  const models = by === "model" ? sums : await read("model");
  const total = (read: (sum: CostSum) => number) => sums.reduce((all, sum) => all + read(sum), 0);
  return {
    by,
    total: {
      ...amount(sums.reduce((all, sum) => all + sum.nano, 0n)),
      requests: total((sum) => sum.requests),
      unpriced: total((sum) => sum.unpriced),
    },
    rows: sums.map(({ nano, ...sum }) => ({ ...sum, ...amount(nano) })),
    unpricedModels: models.filter((sum) => sum.unpriced > 0).map((sum) => sum.group),
    budgets: ledger.budgets().map(budgetRow),
    complete,
  };
}

/** One owner is one group of its own kind. */
async function sumsOf(
  costs: CostReportSources["costs"],
  owner: Owner | null,
  { by, ...days }: { by: CostQuery["by"]; since?: string; until?: string },
): Promise<CostSum[]> {
  if (owner === null) return costs.sumsOfAll({ by, ...days });
  if (by !== "owner") return costs.sums(owner, { by, ...days });
  return merged(owner, await costs.sums(owner, { by: "day", ...days }));
}

function merged(owner: Owner, sums: readonly CostSum[]): CostSum[] {
  const [first, ...rest] = sums;
  if (first === undefined) return [];
  const add = (all: CostSum, sum: CostSum): CostSum => ({
    group: owner,
    nano: all.nano + sum.nano,
    requests: all.requests + sum.requests,
    unpriced: all.unpriced + sum.unpriced,
    promptTokens: all.promptTokens + sum.promptTokens,
    completionTokens: all.completionTokens + sum.completionTokens,
    cachedTokens: all.cachedTokens + sum.cachedTokens,
  });
  return [rest.reduce(add, { ...first, group: owner })];
}

function amount(nano: bigint): Amount {
  return { cost: toDollars(nano), exactCost: exactDollars(nano), nano: nano.toString() };
}

function budgetRow({ name, key, limit, spent, left, resetsAt }: BudgetView) {
  return {
    name,
    key,
    limit: toDollars(limit),
    spent: toDollars(spent),
    left: toDollars(left),
    resetsAt: new Date(resetsAt).toISOString(),
  };
}
