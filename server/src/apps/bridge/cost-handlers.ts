import type { BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { CostSum } from "../../core/ports/cost-store.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { toDollars } from "../../llm/money/nano.ts";
import type { BridgeServices } from "./services.ts";

export function costHandlers({
  costs,
}: Pick<BridgeServices, "costs">): RouteHandlers<Pick<BridgeRoutes, "costs">> {
  return {
    costs: async ({ query: { by = "provider", since, until } }, { owner }) => {
      requireDay("since", since);
      requireDay("until", until);
      const sums = await costs.report(owner, {
        by,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      });
      return {
        by,
        since: since ?? null,
        until: until ?? null,
        currency: "USD",
        total_cost: toDollars(sums.reduce((total, { nano }) => total + nano, 0n)),
        total_requests: sums.reduce((total, { requests }) => total + requests, 0),
        costs: sums.map(sumToWire),
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

function sumToWire(sum: CostSum) {
  return {
    group: sum.group,
    cost: toDollars(sum.nano),
    cost_nano_usd: String(sum.nano),
    requests: sum.requests,
    unpriced_requests: sum.unpriced,
    prompt_tokens: sum.promptTokens,
    completion_tokens: sum.completionTokens,
    cached_tokens: sum.cachedTokens,
  };
}
