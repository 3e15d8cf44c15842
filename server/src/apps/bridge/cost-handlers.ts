import type { BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { CostRow } from "../../llm/money/cost-report.ts";
import type { BridgeServices } from "./services.ts";

export function costHandlers({
  costs,
}: Pick<BridgeServices, "costs">): RouteHandlers<Pick<BridgeRoutes, "costs">> {
  return {
    costs: async ({ query: { by = "provider", since, until } }, { owner }) => {
      requireDay("since", since);
      requireDay("until", until);
      const report = await costs.report(owner, { by, since, until });
      return {
        by,
        since: since ?? null,
        until: until ?? null,
        currency: "USD",
        total_cost: report.total.cost,
        total_requests: report.total.requests,
        unpriced_requests: report.total.unpriced,
        unpriced_models: report.unpricedModels,
        complete: report.complete,
        costs: report.rows.map(rowToWire),
        budgets: report.budgets.map(({ resetsAt, key, ...budget }) => ({
          ...budget,
          key: key ?? null,
          resets_at: resetsAt,
        })),
      };
    },
  };
}

/** 2026-02-31 has the right form and is no day. */
function requireDay(name: string, day: string | undefined): void {
  if (day === undefined) return;
  const time = Date.parse(`${day}T00:00:00Z`);
  if (Number.isFinite(time) && new Date(time).toISOString().startsWith(day)) return;
  const message = "must be a day such as 2026-11-25";
  throw new SekhaError("validation_failed", `${name}: ${message}.`, {
    details: [{ path: name, message }],
  });
}

function rowToWire(row: CostRow) {
  return {
    group: row.group,
    cost: row.cost,
    exact_cost: row.exactCost,
    cost_nano_usd: row.nano,
    requests: row.requests,
    unpriced_requests: row.unpriced,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cached_tokens: row.cachedTokens,
  };
}
