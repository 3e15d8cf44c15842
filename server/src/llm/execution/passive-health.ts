import type { ProviderFailure } from "../failure.ts";
import type { ProviderHealth } from "../gateway.ts";
import type { ProbeResult } from "../provider.ts";
import type { ProviderEntry } from "../registry/entries.ts";
import type { Breakers } from "../routing/breakers.ts";

interface Seen {
  servedAt: number | null;
  failedAt: number | null;
  error: string | null;
  probe: (ProbeResult & { at: number }) | null;
}

export interface PassiveHealthDependencies {
  breakers: Pick<Breakers, "view"> & { keys: Pick<Breakers["keys"], "availability"> };
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** What calls and probes have shown of each provider; nothing is asked for its sake (bridge.md, semantics 11). */
export class PassiveHealth {
  readonly #breakers: PassiveHealthDependencies["breakers"];
  readonly #now: () => number;
  readonly #seen = new Map<string, Seen>();

  constructor({ breakers, now }: PassiveHealthDependencies) {
    this.#breakers = breakers;
    this.#now = now;
  }

  /** How an attempt ended; a mistake of the caller's says nothing about the provider. */
  note(providerId: string, failure: ProviderFailure | null): void {
    if (failure === null) {
      this.#of(providerId).servedAt = this.#now();
      return;
    }
    const { verdict, category, message } = failure;
    if (!verdict.counts && !verdict.misconfigured && category !== "rate_limited") return;
    const seen = this.#of(providerId);
    seen.failedAt = this.#now();
    seen.error = `${category}: ${message}`;
  }

  probed(providerId: string, result: ProbeResult): void {
    const seen = this.#of(providerId);
    const at = this.#now();
    seen.probe = { ...result, at };
    if (result.ok) return;
    seen.failedAt = at;
    seen.error = result.error ?? "The probe failed.";
  }

  forget(providerId: string): void {
    this.#seen.delete(providerId);
  }

  /** After a reload: drops providers that are gone. */
  retain(providers: readonly ProviderEntry[]): void {
    const ids = new Set(providers.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
  }

  of(provider: ProviderEntry): ProviderHealth {
    const seen = this.#seen.get(provider.id);
    return {
      provider,
      status: this.#status(provider, seen),
      models: provider.models.map((model) => ({
        modelId: model.modelId,
        tasks: model.tasks,
        breaker: this.#breakers.view(model),
      })),
      lastFailureAt: seen?.failedAt ?? null,
      lastError: seen?.error ?? null,
      probe: seen?.probe ?? null,
    };
  }

  #status(provider: ProviderEntry, seen: Seen | undefined): ProviderHealth["status"] {
    const { keys } = this.#breakers;
    const isRefused = provider.models.some(
      ({ modelId }) => keys.availability({ provider, modelId }).kind === "misconfigured",
    );
    if (isRefused) return "misconfigured";
    const views = provider.models.map((model) => this.#breakers.view(model));
    const isOpen = views.some((view) => view.state === "open" && view.cause !== "rate_limited");
    if (isOpen || isProbeLastToFail(seen)) return "unhealthy";
    if (views.some((view) => view.state !== "closed" || view.failures > 0)) return "degraded";
    const isKnown = seen !== undefined && (seen.servedAt !== null || seen.probe !== null);
    return isKnown ? "healthy" : "unknown";
  }

  #of(providerId: string): Seen {
    const known = this.#seen.get(providerId);
    if (known !== undefined) return known;
    const added: Seen = { servedAt: null, failedAt: null, error: null, probe: null };
    this.#seen.set(providerId, added);
    return added;
  }
}

function isProbeLastToFail(seen: Seen | undefined): boolean {
  if (seen?.probe === undefined || seen.probe === null || seen.probe.ok) return false;
  return seen.servedAt === null || seen.servedAt < seen.probe.at;
}
