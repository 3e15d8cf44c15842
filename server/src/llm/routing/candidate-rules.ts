import { isSameModelName, type Registry } from "../registry/registry.ts";
import { breakerText, resetText, wholeSeconds } from "./breaker-text.ts";
import type { Breakers } from "./breakers.ts";
import type { Standing } from "./candidate-order.ts";
import { costRefusal } from "./cost-rule.ts";
import type { Candidate, RouteRequest } from "./route.ts";
import type { RoutingSettings } from "./routing-settings.ts";

export type Refusal = NonNullable<Candidate["refusal"]>;

/** The one vector space that a request for embeddings may be served from. */
export interface EmbeddingSpace {
  modelId: string;
  /** undefined: not known before the first answer; the engine checks that. */
  dimension: number | undefined;
}

export interface RuleInputs {
  standing: Standing;
  request: RouteRequest;
  estimate: bigint | null;
  /** Set for embeddings. */
  space: EmbeddingSpace | undefined;
  registry: Registry;
  routing: RoutingSettings;
  breakers: Pick<Breakers, "view" | "keys">;
  /** Why no budget allows it: undefined money (null) is refused where there is one. */
  budgetRefusal: (estimate: bigint | null, keyId: string | undefined) => string | null;
}

type Rule = (inputs: RuleInputs) => Refusal | null;

/** What never changes comes first, so that a reason does not hide behind one that passes in a minute. */
const RULES: readonly Rule[] = [
  allowList,
  taskFit,
  vectorSpace,
  vision,
  audio,
  tools,
  contextWindow,
  keys,
  breaker,
  costRefusal,
];

/** The first rule that speaks against a candidate; null: it can be tried. */
export function refusalOf(inputs: RuleInputs): Refusal | null {
  for (const rule of RULES) {
    const refusal = rule(inputs);
    if (refusal !== null) return refusal;
  }
  return null;
}

export function isAllowed(providerId: string, routing: RoutingSettings): boolean {
  return routing.providers.length === 0 || routing.providers.includes(providerId);
}

function allowList({ standing, routing }: RuleInputs): Refusal | null {
  const { id } = standing.offer.provider;
  if (isAllowed(id, routing)) return null;
  return {
    code: "provider_not_allowed",
    reason: `Provider '${id}' is not in routing.providers.`,
  };
}

function taskFit({ standing, request }: RuleInputs): Refusal | null {
  if (standing.task !== undefined) return null;
  const { modelId, tasks } = standing.offer.model;
  return {
    code: "wrong_task",
    reason: `${modelId} is configured for ${tasks.join(", ")} and cannot serve ${request.task}.`,
  };
}

function vectorSpace({ standing, space }: RuleInputs): Refusal | null {
  if (space === undefined) return null;
  const { modelId, dimension } = standing.offer.model;
  const unlike =
    dimension !== undefined && space.dimension !== undefined && dimension !== space.dimension;
  if (isSameModelName(modelId, space.modelId) && !unlike) return null;
  const wanted = `${space.modelId}${space.dimension === undefined ? "" : ` (${space.dimension})`}`;
  return {
    code: "wrong_dimension",
    reason: `Vectors of another model cannot be compared: this request is for ${wanted}.`,
  };
}

function vision({ standing, request }: RuleInputs): Refusal | null {
  const { modelId, supportsVision, vision: limits } = standing.offer.model;
  if (request.requireVision && !supportsVision) {
    return { code: "no_vision", reason: `${modelId} takes no images.` };
  }
  if (!supportsVision || request.images <= limits.maxImages) return null;
  return {
    code: "no_vision",
    reason: `${modelId} takes at most ${limits.maxImages} images, the request has ${request.images}.`,
  };
}

function audio({ standing, request }: RuleInputs): Refusal | null {
  const { modelId, supportsAudio } = standing.offer.model;
  if (!request.requireAudio || supportsAudio) return null;
  return { code: "no_audio", reason: `${modelId} takes no audio.` };
}

function tools({ standing, request }: RuleInputs): Refusal | null {
  const { modelId, supportsTools } = standing.offer.model;
  if (!request.requireTools || supportsTools !== false) return null;
  return {
    code: "no_tools",
    reason: `${modelId} takes no tools (supports_function_calling: false).`,
  };
}

/** Not for embeddings: there the tokens are those of all texts together, and the window holds for each. */
function contextWindow({ standing, request, space }: RuleInputs): Refusal | null {
  const { promptTokens = 0, outputTokens = 1 } = request;
  if (space !== undefined) return null;
  const { modelId, contextWindow: window, maxOutputTokens } = standing.offer.model;
  const answer = Math.min(outputTokens, maxOutputTokens ?? outputTokens);
  if (promptTokens + answer <= window) return null;
  return {
    code: "context_window",
    reason: `${modelId} has a window of ${window} tokens; prompt (${promptTokens}) and answer (${answer}) need ${promptTokens + answer}.`,
  };
}

function keys({ standing, breakers }: RuleInputs): Refusal | null {
  const { provider, model } = standing.offer;
  const found = breakers.keys.availability({ provider, modelId: model.modelId });
  if (found.kind === "usable") return null;
  const { retryAfterMs } = found;
  if (found.kind === "rate_limited") {
    const seconds = wholeSeconds(retryAfterMs);
    const reason = `Provider '${provider.id}' asked for a pause (rate limit) for every key: next try in ${seconds} s.`;
    return { code: "rate_limited", reason, retryAfterMs };
  }
  const refused = {
    unauthorized: "refuses its key (401): check api_key",
    payment_required: "has no money in the account (402): top it up",
    forbidden: `does not allow its key to use ${model.modelId} (403): check the key's rights`,
    rate_limited: "asked for a pause",
  }[found.category];
  const reason = `Provider '${provider.id}' ${refused}. ${resetText(provider.id)}`;
  return { code: "misconfigured", reason, retryAfterMs };
}

function breaker({ standing, breakers }: RuleInputs): Refusal | null {
  const { model } = standing.offer;
  const view = breakers.view(model);
  const reason = breakerText(model, view);
  if (reason === undefined) return null;
  if (view.state !== "open") return { code: "breaker_open", reason };
  const code = view.cause === "rate_limited" ? "rate_limited" : "breaker_open";
  return { code, reason, retryAfterMs: view.retryAfterMs };
}
