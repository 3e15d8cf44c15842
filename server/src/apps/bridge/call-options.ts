import { SekhaError } from "../../core/errors.ts";
import { hasScope } from "../../http/route-access.ts";
import type { RouteCall } from "../../http/route-binding.ts";
import type { CallOptions } from "../../llm/gateway.ts";

/** One call with a signal of its own, which ends with the caller's. */
export interface LinkedCall {
  options: CallOptions;
  /** For a reader of a stream that goes away by itself. */
  abandon(): void;
}

/**
 * How the gateway is to make a call. What OpenAI's body has no words for comes in headers: X-Sekha-Task,
 * X-Sekha-Max-Cost (US dollars), X-Sekha-Commit and X-Sekha-Background (`true`: nobody waits). X-Sekha-Owner says whose
 * costs they are; it counts from callers with the scope `admin`, such as a controller with the bridge's own key.
 */
export function callOptions(
  call: RouteCall,
  { task, maxCost }: { task?: string | undefined; maxCost?: number | undefined } = {},
): CallOptions {
  const { headers } = call.request;
  const commit = commitOf(headers.get("x-sekha-commit"));
  return {
    owner: ownerOf(call),
    keyId: call.keyId ?? undefined,
    signal: call.signal,
    task: headers.get("x-sekha-task") ?? task,
    maxCost: maxCostOf(headers.get("x-sekha-max-cost")) ?? maxCost,
    ...(commit === undefined ? {} : { commit }),
    localCaller: call.localCaller,
    ...(headers.get("x-sekha-background") === "true" ? { background: true } : {}),
  };
}

export function linkedCall(call: RouteCall, task?: string): LinkedCall {
  const controller = new AbortController();
  const { signal } = call;
  if (signal.aborted) controller.abort(signal.reason);
  else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  return {
    options: { ...callOptions(call, { task }), signal: controller.signal },
    abandon: () => controller.abort(),
  };
}

/** Percent-encoded, since a header takes no other alphabets. */
function ownerOf({ owner, scopes, request }: RouteCall): string {
  const named = request.headers.get("x-sekha-owner") ?? "";
  if (named === "" || !hasScope(scopes, "admin")) return owner;
  try {
    return decodeURIComponent(named);
  } catch {
    throw new SekhaError("invalid_request", "X-Sekha-Owner must be a percent-encoded name.");
  }
}

function commitOf(value: string | null): CallOptions["commit"] {
  if (value === null || value === "first_token" || value === "complete") return value ?? undefined;
  throw new SekhaError("invalid_request", "X-Sekha-Commit must be first_token or complete.");
}

function maxCostOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  const dollars = Number(value);
  if (value.trim() !== "" && Number.isFinite(dollars) && dollars >= 0) return dollars;
  throw new SekhaError("invalid_request", "X-Sekha-Max-Cost must be US dollars such as 0.01.");
}
