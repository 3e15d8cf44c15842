import type { BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import { hasScope } from "../../http/route-access.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import type { CostReport, CostRow } from "../../llm/money/cost-report.ts";
import type { BridgeServices } from "./services.ts";

export function costHandlers({
  costs,
}: Pick<BridgeServices, "costs">): RouteHandlers<Pick<BridgeRoutes, "costs">> {
  return {
    costs: async ({ query: { by = "provider", user, since, until } }, call) => {
      requireDay("since", since);
      requireDay("until", until);
      const whose = user ?? call.owner;
      if (whose !== call.owner && !seesOthers(call)) throw othersCosts();
      const group = by === "user" ? "owner" : by;
      const report = await costs.report(whose === "*" ? null : whose, { by: group, since, until });
      return {
        by,
        user: whose,
        since: since ?? null,
        until: until ?? null,
        currency: "USD",
        total_cost: report.total.cost,
        total_requests: report.total.requests,
        unpriced_requests: report.total.unpriced,
        unpriced_models: report.unpricedModels,
        complete: report.complete,
        costs: report.rows.map(rowToWire),
        budgets: report.budgets.filter(isShownTo(call)).map(({ resetsAt, key, ...budget }) => ({
          ...budget,
          key: key ?? null,
          resets_at: resetsAt,
        })),
      };
    },
  };
}

/** An open bridge asks nobody for a key, but what others spent it tells an administrator's key only. */
function seesOthers({ keyId, scopes }: RouteCall): boolean {
  return keyId !== null && hasScope(scopes, "admin");
}

function othersCosts(): SekhaError {
  return new SekhaError(
    "forbidden",
    "What others spent needs an API key with the scope 'admin'. Leave `user` out for your own costs.",
  );
}

/** A limit of each key is that key's business; one for everybody tells what everybody spent. */
function isShownTo(call: RouteCall): (budget: CostReport["budgets"][number]) => boolean {
  if (seesOthers(call)) return () => true;
  const own = call.keyId ?? "";
  const total = call.keyId === null;
  return ({ key }) => key === own || (key === undefined && total);
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
