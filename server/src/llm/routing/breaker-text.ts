import type { BreakerView } from "./permits.ts";
import type { Target } from "./target.ts";

/** Why a model is not asked now, for a person: who, how long, what to do. Undefined when it can be asked. */
export function breakerText(target: Target, view: BreakerView): string | undefined {
  const { providerId, modelId } = target;
  if (view.state === "closed" || (view.state === "half_open" && !view.probing)) return undefined;
  if (view.state === "half_open") {
    return `Circuit breaker open for provider '${providerId}', model ${modelId}: it is being probed right now. ${resetText(providerId)}`;
  }
  const seconds = wholeSeconds(view.retryAfterMs);
  if (view.cause === "rate_limited") {
    return `Provider '${providerId}' asked for a pause (rate limit) for model ${modelId}: next try in ${seconds} s.`;
  }
  return `Circuit breaker open for provider '${providerId}', model ${modelId}: ${view.reason}. Next probe in ${seconds} s. ${resetText(providerId)}`;
}

/** What ends a pause before its time. */
export function resetText(providerId: string): string {
  return `To try at once: POST /api/v1/providers/${encodeURIComponent(providerId)}/reset, or restart Sekha.`;
}

/** Rounded up, so that nobody comes too early. */
export function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
