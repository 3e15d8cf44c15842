import { formatDollars, nanoFromDollars } from "../money/nano.ts";
import type { ModelEntry } from "../registry/entries.ts";
import type { Candidate, RouteRequest } from "./route.ts";
import type { RoutingSettings } from "./routing-settings.ts";

export interface CostInputs {
  model: ModelEntry;
  request: RouteRequest;
  /** Nano-US-dollars; null: no price is known. */
  estimate: bigint | null;
  routing: RoutingSettings;
  budgetRefusal: (estimate: bigint | null, keyId: string | undefined) => string | null;
}

/** Why a candidate costs too much. What costs nothing is never refused; an unknown price is, under any limit. */
export function costRefusal(inputs: CostInputs): Candidate["refusal"] {
  const { model, request, estimate, routing, budgetRefusal } = inputs;
  if (model.free || estimate === 0n) return null;
  const limits = [
    { code: "max_cost", name: "max_cost", dollars: request.maxCost },
    {
      code: "cost_limit",
      name: "routing.cost_limit_per_request",
      dollars: routing.costLimitPerRequest,
    },
  ] as const;
  for (const { code, name, dollars } of limits) {
    if (dollars === undefined || dollars === Number.POSITIVE_INFINITY) continue;
    if (estimate === null) return unknownPrice(model, `${name} is $${dollars}`);
    if (estimate <= nanoDollars(dollars)) continue;
    const reason = `${model.modelId} may cost ${formatDollars(estimate)}, more than ${name} ($${dollars}).${unlimited(request)}`;
    return { code, reason };
  }
  const reason = budgetRefusal(estimate, request.keyId);
  if (reason === null) return null;
  return estimate === null ? unknownPrice(model, reason) : { code: "budget", reason };
}

/** The bound of an answer without a limit is high: this says how to lower it. */
function unlimited({ promptTokens, outputTokens, task }: RouteRequest): string {
  if (promptTokens === undefined || outputTokens !== undefined || task === "embedding") return "";
  return " The request names no max_tokens, so the longest answer counts: send it, or set the model's max_output_tokens.";
}

function unknownPrice(model: ModelEntry, limit: string): Candidate["refusal"] {
  return {
    code: "unknown_price",
    reason: `The price of ${model.modelId} at '${model.providerId}' is not known, and ${limit}. Set cost_per_1k_input and cost_per_1k_output, or free: true.`,
  };
}

/** A negative or meaningless limit allows nothing. */
function nanoDollars(dollars: number): bigint {
  return dollars > 0 ? nanoFromDollars(dollars, "down") : 0n;
}
