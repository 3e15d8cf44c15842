import type { ProviderHealthOutput } from "@sekha/sdk/contract";
import type { ModelHealth, ProviderHealth } from "../../llm/gateway.ts";
import type { BreakerView } from "../../llm/routing/permits.ts";

const BADNESS = { closed: 0, half_open: 1, open: 2 };

/** A provider as clients of v1 know it: its breaker is its models' worst. `now` in milliseconds since the epoch. */
export function providerHealthToWire(health: ProviderHealth, now: number): ProviderHealthOutput {
  const worst = worstBreaker(health.models);
  return {
    provider_id: health.provider.id,
    provider_type: health.provider.type,
    status: health.status,
    circuit_breaker_state: worst.state,
    circuit_breaker: breakerToWire(worst, health.lastFailureAt, now),
    models_count: health.provider.models.length,
    models: health.models.map(({ modelId, tasks, breaker }) => ({
      model_id: modelId,
      tasks: [...tasks],
      circuit_breaker_state: breaker.state,
      failures: breaker.failures,
    })),
    last_error: health.lastError,
    last_probe: health.probe && {
      ok: health.probe.ok,
      latency_ms: health.probe.latencyMs,
      at: isoTime(health.probe.at),
    },
  };
}

/** Whether a request may be sent to it now. */
export function canServe(health: ProviderHealth): boolean {
  return health.status !== "unhealthy" && health.status !== "misconfigured";
}

function worstBreaker(models: readonly ModelHealth[]): BreakerView {
  let worst: BreakerView = { state: "closed", failures: 0 };
  for (const { breaker } of models) {
    const difference = BADNESS[breaker.state] - BADNESS[worst.state];
    if (difference > 0 || (difference === 0 && breaker.failures > worst.failures)) worst = breaker;
  }
  return worst;
}

function breakerToWire(breaker: BreakerView, lastFailureAt: number | null, now: number) {
  return {
    state: breaker.state,
    failure_count: breaker.failures,
    success_count: breaker.state === "half_open" ? breaker.successes : 0,
    last_failure: lastFailureAt === null ? null : isoTime(lastFailureAt),
    // A breaker opens with a failure; its clock is monotonic and tells no time of day.
    last_state_change:
      breaker.state === "closed" || lastFailureAt === null ? null : isoTime(lastFailureAt),
    time_since_failure: lastFailureAt === null ? null : pythonDuration(now - lastFailureAt),
    retry_after_seconds: breaker.state === "open" ? Math.ceil(breaker.retryAfterMs / 1000) : null,
  };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** `0:00:03.120000`, `2 days, 1:00:00`: how v1 wrote durations. */
export function pythonDuration(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1000));
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = microseconds % 1_000_000;
  const days = Math.floor(seconds / 86_400);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${Math.floor((seconds % 86_400) / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  const dayText = days === 0 ? "" : `${days} day${days === 1 ? "" : "s"}, `;
  return `${dayText}${clock}${fraction === 0 ? "" : `.${String(fraction).padStart(6, "0")}`}`;
}
