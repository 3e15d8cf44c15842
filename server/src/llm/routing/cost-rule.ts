import { formatDollars, nanoFromDollars } from "../money/nano.ts";
import type { ModelEntry } from "../registry/entries.ts";
import type { Standing } from "./candidate-order.ts";
import type { Candidate, RouteRequest } from "./route.ts";
import type { RoutingSettings } from "./routing-settings.ts";

export interface CostInputs {
  standing: Pick<Standing, "offer">;
  request: RouteRequest;
  /** Nano-US-dollars; null: no price is known. */
  estimate: bigint | null;
  routing: RoutingSettings;
  budgetRefusal: (estimate: bigint | null, keyId: string | undefined) => string | null;
}

/** Why a candidate costs too much. What costs nothing is never refused; an unknown price is, under any limit. */
export function costRefusal(inputs: CostInputs): Candidate["refusal"] {
  const { request, estimate, routing, budgetRefusal } = inputs;
  const { model } = inputs.standing.offer;
  if (model.free || estimate === 0n) return null;
  const ofRequest = overLimit(inputs, {
    code: "max_cost",
    name: "max_cost",
    dollars: request.maxCost,
  });
  if (ofRequest !== null) return ofRequest;
  const configured = overLimit(inputs, {
    code: "cost_limit",
    name: "routing.cost_limit_per_request",
    dollars: routing.costLimitPerRequest,
  });
  if (configured !== null) return configured;
  const reason = budgetRefusal(estimate, request.keyId);
  if (reason === null) return null;
  return estimate === null ? unknownPrice(model, reason) : { code: "budget", reason };
}

interface CostLimit {
  code: "max_cost" | "cost_limit";
  name: string;
  dollars: number | undefined;
}

function overLimit(
  { standing, request, estimate }: CostInputs,
  { code, name, dollars }: CostLimit,
): Candidate["refusal"] {
  if (dollars === undefined || dollars === Number.POSITIVE_INFINITY) return null;
  const { model } = standing.offer;
  if (estimate === null) return unknownPrice(model, `${name} is $${dollars}`);
  if (estimate <= nanoDollars(dollars)) return null;
  const reason = `${model.modelId} may cost ${formatDollars(estimate)}, more than ${name} ($${dollars}).${unlimited(request)}`;
  return { code, reason };
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
