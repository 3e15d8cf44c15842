/** What a breaker, a counter of load and a key's refusal belong to. A ModelEntry is one. */
export interface Target {
  readonly providerId: string;
  readonly modelId: string;
}

/** Values by (provider, model), without building a key for each look. */
export class TargetMap<Value> {
  readonly #providers = new Map<string, Map<string, Value>>();

  get({ providerId, modelId }: Target): Value | undefined {
    return this.#providers.get(providerId)?.get(modelId);
  }

  getOrAdd(target: Target, create: () => Value): Value {
    const known = this.get(target);
    if (known !== undefined) return known;
    const value = create();
    const models = this.#providers.get(target.providerId) ?? new Map<string, Value>();
    this.#providers.set(target.providerId, models.set(target.modelId, value));
    return value;
  }

  ofProvider(providerId: string): Iterable<Value> {
    return this.#providers.get(providerId)?.values() ?? [];
  }

  /** Drops everything that is not among the targets. */
  retain(targets: readonly Target[]): void {
    const kept = new Map<string, Set<string>>();
    for (const { providerId, modelId } of targets) {
      kept.set(providerId, (kept.get(providerId) ?? new Set()).add(modelId));
    }
    for (const [providerId, models] of this.#providers) {
      for (const modelId of models.keys()) {
        if (!kept.get(providerId)?.has(modelId)) models.delete(modelId);
      }
      if (models.size === 0) this.#providers.delete(providerId);
    }
  }
}
