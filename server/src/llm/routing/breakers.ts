import type { ProviderEntry } from "../registry/entries.ts";
import { ApiKeys } from "./api-keys.ts";
import { type Acquired, type BreakerLimits, CircuitBreaker } from "./circuit-breaker.ts";
import { forwardClock } from "./forward-clock.ts";
import type { BreakerView } from "./permits.ts";
import type { CircuitBreakerSettings } from "./routing-settings.ts";
import { type Target, TargetMap } from "./target.ts";

export interface BreakersDependencies {
  settings: CircuitBreakerSettings;
  /** Milliseconds, best monotonic; one that is set back is endured. */
  clock: () => number;
}

/** No attempt lasts longer than its timers and the start of a local model; this only guards against a lost permit. */
const SHORTEST_LEASE_MS = 10 * 60_000;

/**
 * What is known of every (provider, model): its breaker, and the provider's keys. Outlives the registries: a reload
 * keeps the state of what is still configured, a restart forgets all.
 */
export class Breakers {
  readonly keys: ApiKeys;
  readonly #clock: () => number;
  readonly #breakers = new TargetMap<CircuitBreaker>();
  #limits: BreakerLimits;

  constructor({ settings, clock }: BreakersDependencies) {
    this.#clock = forwardClock(clock);
    this.#limits = limitsOf(settings, SHORTEST_LEASE_MS);
    this.keys = new ApiKeys({ clock: this.#clock });
  }

  tryAcquire(target: Target): Acquired {
    return this.#of(target).tryAcquire();
  }

  view(target: Target): BreakerView {
    return this.#breakers.get(target)?.view() ?? { state: "closed", failures: 0 };
  }

  /** Closes a provider's breakers and forgets what it refused. */
  reset(providerId: string): void {
    for (const breaker of this.#breakers.ofProvider(providerId)) breaker.reset();
    this.keys.reset(providerId);
  }

  /** After a reload: drops what is gone; new limits hold from now on. */
  retain(
    registry: { readonly providers: readonly ProviderEntry[] },
    settings: CircuitBreakerSettings,
  ): void {
    const { providers } = registry;
    const models = providers.flatMap((provider) => provider.models);
    const longest = models.map(({ timers }) => timers.totalMs + timers.coldStartMs);
    this.#limits = limitsOf(settings, Math.max(SHORTEST_LEASE_MS, ...longest));
    this.#breakers.retain(models);
    this.keys.retain(new Set(providers.map(({ id }) => id)));
  }

  #of(target: Target): CircuitBreaker {
    return this.#breakers.getOrAdd(
      target,
      () => new CircuitBreaker({ limits: () => this.#limits, clock: this.#clock }),
    );
  }
}

function limitsOf(settings: CircuitBreakerSettings, probeLeaseMs: number): BreakerLimits {
  const { timeoutSecs, ...counts } = settings;
  return { ...counts, timeoutMs: timeoutSecs * 1000, probeLeaseMs };
}
