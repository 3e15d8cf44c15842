import type { ErrorCode } from "@sekha/sdk/contract";
import type { SekhaError } from "../../core/errors.ts";
import type { ProviderFailure } from "../failure.ts";
import { GatewayError } from "../gateway.ts";
import { nothingServes } from "../routing/explanation.ts";
import type { Candidate, RefusalCode, RoutePlan } from "../routing/route.ts";
import type { AttemptTrail } from "./attempt-trail.ts";
import type { Deadline } from "./deadline.ts";
import type { OperationName } from "./gateway-observer.ts";

export interface FailedRequest {
  plan: RoutePlan;
  trail: AttemptTrail;
  deadline: Deadline;
  isCallerGone: boolean;
  operation: OperationName;
}

/** `unsupported`: what the request asks for cannot be said in the provider's protocol. */
type Kind =
  | "money"
  | "misconfigured"
  | "context"
  | "image"
  | "unavailable"
  | "unsupported"
  | "unfit";

/** One reason why a candidate did not serve. */
interface Reason {
  candidate: Candidate;
  kind: Kind;
  text: string;
  retryAfterMs: number | undefined;
}

/** Candidates that were never meant say nothing about why a request failed. */
const UNINVOLVED: ReadonlySet<RefusalCode> = new Set(["wrong_task", "provider_not_allowed"]);

const KIND_OF_REFUSAL: Partial<Record<RefusalCode, Kind>> = {
  max_cost: "money",
  cost_limit: "money",
  unknown_price: "money",
  budget: "money",
  misconfigured: "misconfigured",
  context_window: "context",
  no_vision: "unfit",
  no_audio: "unfit",
  no_tools: "unfit",
  wrong_dimension: "unfit",
  fallback_off: "unfit",
};

/** The error that says what was tried, why each failed, and what to do. No provider's own text is in it. */
export function failureSummary(failed: FailedRequest): GatewayError {
  const { plan, trail, isCallerGone } = failed;
  const details = { attempts: trail.attempts, plan };
  if (isCallerGone) return new GatewayError("unavailable", "The caller went away.", details);
  if (trail.failures.length === 0 && trail.skips.length === 0) return notTried(failed);
  const last = trail.failures.at(-1)?.failure;
  const callers = last === undefined ? undefined : callersOwn(last);
  if (callers !== undefined) {
    return new GatewayError(callers.code, callers.message, { ...details, cause: last });
  }
  const reasons = reasonsOf(failed);
  const image = imageError(trail, reasons);
  if (image !== undefined) {
    return new GatewayError(image.code, image.message, { ...details, cause: image });
  }
  const code = waitingCode(plainCode(reasons), failed);
  return new GatewayError(code, messageOf(failed, reasons, code), {
    ...details,
    ...retryAfter(code, reasons),
    ...(last === undefined ? {} : { cause: last }),
  });
}

/** A plan that accepts nobody. */
function notTried(failed: FailedRequest): GatewayError {
  const { plan } = failed;
  const error = nothingServes(plan);
  const { message, retryAfterSeconds } = error;
  const code = waitingCode(error.code, failed);
  if (code === error.code) return error;
  return new GatewayError(code, message, {
    plan,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/**
 * Vectors that could not be made now have a code of their own: whoever waits for them keeps the work. A memory's keeps it
 * for want of money or keys too.
 */
function waitingCode(code: ErrorCode, { plan, operation }: FailedRequest): ErrorCode {
  const isMemory = plan.request.embeddingIdentity !== undefined && code !== "context_length";
  const isWaiting = operation === "embeddings" && code === "providers_unavailable";
  return isMemory || isWaiting ? "embedding_unavailable" : code;
}

/** A failure that lies in the request itself. */
function callersOwn(failure: ProviderFailure): { code: ErrorCode; message: string } | undefined {
  if (failure.category === "invalid_request") {
    const detail = failure.publicDetail ?? failure.message;
    return { code: "invalid_request", message: `The provider refuses this request: ${detail}` };
  }
  if (failure.category === "content_filter") {
    const detail = failure.publicDetail === undefined ? "" : ` (${failure.publicDetail})`;
    const message = `The provider's content filter refuses this request${detail}. Change its text, or use another provider.`;
    return { code: "content_filtered", message };
  }
  return undefined;
}

/** An image that is the caller's mistake for everyone who was left. */
function imageError(trail: AttemptTrail, reasons: readonly Reason[]): SekhaError | undefined {
  const own = reasons.filter(({ kind }) => kind !== "unfit" && kind !== "unsupported");
  if (!own.every(({ kind }) => kind === "image")) return undefined;
  return trail.skips.find(({ error }) => error !== undefined)?.error;
}

function reasonsOf({ plan, trail }: FailedRequest): Reason[] {
  return [
    ...trail.failures.map(({ candidate, failure }) => ({
      candidate,
      kind: kindOfFailure(failure),
      text: `${failure.category}: ${failure.message}`,
      retryAfterMs: failure.retryAfterMs,
    })),
    ...trail.skips.map(({ candidate, kind, reason, retryAfterMs }) => ({
      candidate,
      kind,
      text: reason,
      retryAfterMs,
    })),
    ...plan.candidates.flatMap(refusalReason),
  ];
}

function kindOfFailure({ category, verdict }: ProviderFailure): Kind {
  if (category === "context_length") return "context";
  if (verdict.misconfigured) return "misconfigured";
  return category === "unsupported" ? "unsupported" : "unavailable";
}

function refusalReason(candidate: Candidate): Reason[] {
  const { refusal } = candidate;
  if (refusal === null || UNINVOLVED.has(refusal.code)) return [];
  const kind = KIND_OF_REFUSAL[refusal.code] ?? "unavailable";
  return [{ candidate, kind, text: refusal.reason, retryAfterMs: refusal.retryAfterMs }];
}

/** The one code that says what would have helped. */
function plainCode(reasons: readonly Reason[]): ErrorCode {
  const able = reasons.filter(({ kind }) => kind !== "unfit");
  const kinds = new Set(able.map(({ kind }) => kind));
  if (kinds.size === 0) return "providers_unavailable";
  // Waiting changes nothing about a request that nobody left could even be asked.
  if (kinds.size === 1 && kinds.has("unsupported")) return "invalid_request";
  kinds.delete("unsupported");
  if (kinds.has("context") && !mayFitLater(able)) return "context_length";
  kinds.delete("context");
  kinds.delete("image");
  // A model that is down or busy may come back: then asking again is the right thing.
  if (kinds.has("unavailable") || kinds.size === 0) return "providers_unavailable";
  return kinds.has("money") ? "budget_exceeded" : "providers_misconfigured";
}

/** Whether a model with a window larger than those that were too small failed for another reason. */
function mayFitLater(reasons: readonly Reason[]): boolean {
  const windows = reasons
    .filter(({ kind }) => kind === "context")
    .map(({ candidate }) => candidate.model.contextWindow);
  const tooSmall = Math.max(0, ...windows);
  return reasons.some(
    ({ kind, candidate }) => kind !== "context" && candidate.model.contextWindow > tooSmall,
  );
}

function retryAfter(code: ErrorCode, reasons: readonly Reason[]): { retryAfterSeconds?: number } {
  if (code !== "providers_unavailable" && code !== "embedding_unavailable") return {};
  const waits = reasons.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  if (waits.length === 0) return {};
  return { retryAfterSeconds: Math.max(1, Math.ceil(Math.min(...waits) / 1000)) };
}

const WHAT_TO_DO: Partial<Record<ErrorCode, string>> = {
  budget_exceeded:
    "Raise the limit in the configuration (routing.cost_limit_per_request, budgets) or allow more with max_cost, or add a free model.",
  invalid_request: "Change the request, or add a provider that takes it.",
  context_length: "Shorten the prompt, or configure a model with a larger context_window.",
  providers_misconfigured:
    "Check the api_key and the account of each provider in the configuration; `sekha providers health` tells.",
  embedding_unavailable: "Nothing is lost: what waits to be embedded is tried again.",
};
const ASK_LATER = "Try again later, or add another provider; `sekha providers health` tells more.";

function messageOf(failed: FailedRequest, reasons: readonly Reason[], code: ErrorCode): string {
  const { plan, trail, deadline } = failed;
  const { task } = plan.request;
  const whatToDo = WHAT_TO_DO[code] ?? ASK_LATER;
  const tried = trail.failures.length > 0;
  const overTime = deadline.remaining() <= 0 ? ` within ${deadline.milliseconds / 1000} s` : "";
  const head = tried
    ? `No provider could answer for task '${task}'${overTime}.`
    : `No provider available for task '${task}'.`;
  return `${head} ${reasons.map(reasonText).join(" ")} ${whatToDo}`;
}

function reasonText({ candidate: { model }, text }: Reason): string {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return `${model.providerId}/${model.modelId}: ${text}${end}`;
}
