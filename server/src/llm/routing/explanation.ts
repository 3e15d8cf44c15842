import type { ErrorCode } from "@sekha/sdk/contract";
import { GatewayError } from "../gateway.ts";
import { wholeSeconds } from "./breaker-text.ts";
import type { Candidate, RefusalCode, RoutePlan } from "./route.ts";

/** What never depends on this request: such candidates say nothing about why it cannot be served. */
const NEVER_ELIGIBLE: ReadonlySet<RefusalCode> = new Set([
  "wrong_task",
  "wrong_dimension",
  "provider_not_allowed",
]);
const MONEY: ReadonlySet<RefusalCode> = new Set([
  "max_cost",
  "cost_limit",
  "unknown_price",
  "budget",
]);
const PASSING_ERRORS: ReadonlySet<ErrorCode> = new Set([
  "providers_unavailable",
  "embedding_unavailable",
]);
const PASSING: ReadonlySet<RefusalCode> = new Set(["breaker_open", "rate_limited"]);

/** What a person can do about each, in the order in which it is said. */
const ADVICE: Readonly<Partial<Record<RefusalCode, string>>> = {
  max_cost: "Raise max_cost, shorten the request, or lower max_tokens.",
  cost_limit: "Raise routing.cost_limit_per_request, shorten the request, or lower max_tokens.",
  budget: "Raise the budget, wait until it begins anew, or add a free provider such as ollama.",
  context_window: "Shorten the request, lower max_tokens, or add a model with a larger window.",
  no_vision: "Add a model with supports_vision: true, or send fewer images.",
  no_audio: "Add a model with supports_audio: true.",
  no_tools: "Add a model that takes tools, or send the request without them.",
  provider_not_allowed: "Add the provider to routing.providers.",
  wrong_dimension: "Configure this embedding model at another provider too, as a fallback.",
  wrong_task: "Choose a model that is configured for the task.",
};

/** The error of a request that no candidate can take now, with what speaks against each and what to do. */
export function nothingServes(plan: RoutePlan): GatewayError {
  const refused = plan.candidates.filter(({ refusal }) => refusal !== null);
  const code = codeOf(plan, refused);
  const retryAfterSeconds = PASSING_ERRORS.has(code) ? secondsUntilOne(refused) : undefined;
  return new GatewayError(
    code,
    [opening(plan), ...refusalLines(refused), ...advice(plan)].join(" "),
    {
      plan,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  );
}

/** One sentence on each candidate that was left, for people: `openai/gpt-4o: …`. */
function refusalLines(candidates: readonly Candidate[]): string[] {
  return candidates.flatMap(({ provider, model, refusal }) =>
    refusal === null ? [] : [`${provider.id}/${model.modelId}: ${refusal.reason}`],
  );
}

function codeOf({ request }: RoutePlan, refused: readonly Candidate[]): ErrorCode {
  const codes = refused
    .map(({ refusal }) => refusal?.code)
    .filter((code) => code !== undefined)
    .filter((code) => !NEVER_ELIGIBLE.has(code));
  const all = (test: (code: RefusalCode) => boolean) => codes.length > 0 && codes.every(test);
  if (all((code) => code === "context_window")) return "context_length";
  if (all((code) => code === "misconfigured")) return "providers_misconfigured";
  if (hasTooManyImages(request.images, refused)) return "invalid_request";
  const waits = codes.some((code) => PASSING.has(code));
  if (!waits && codes.some((code) => MONEY.has(code))) return "budget_exceeded";
  return request.task === "embedding" ? "embedding_unavailable" : "providers_unavailable";
}

/** The caller's own mistake where every model that sees would take fewer. */
function hasTooManyImages(images: number, refused: readonly Candidate[]): boolean {
  const seeing = refused.filter(({ model }) => model.supportsVision);
  const tooMany = ({ model, refusal }: Candidate) =>
    refusal?.code === "no_vision" && images > model.vision.maxImages;
  return seeing.length > 0 && seeing.every(tooMany);
}

function opening({ request, candidates }: RoutePlan): string {
  const { task, requireVision } = request;
  const start = `No providers available for task '${task}'${requireVision ? " (vision=true)" : ""}`;
  if (candidates.length > 0) return `${start}.`;
  // The migration guide's words, which people search for.
  return `${start}: No providers configured that can serve it. Add a model with task: ${task} to llm_providers (\`sekha config check\` says which file is read).`;
}

function advice({ candidates }: RoutePlan): string[] {
  const codes = new Set(candidates.map(({ refusal }) => refusal?.code));
  return Object.entries(ADVICE).flatMap(([code, text]) =>
    codes.has(code as RefusalCode) ? [text] : [],
  );
}

function secondsUntilOne(refused: readonly Candidate[]): number | undefined {
  const waits = refused.flatMap(({ refusal }) => {
    if (refusal === null || !PASSING.has(refusal.code)) return [];
    return [refusal.retryAfterMs ?? 1000];
  });
  return waits.length === 0 ? undefined : wholeSeconds(Math.min(...waits));
}
