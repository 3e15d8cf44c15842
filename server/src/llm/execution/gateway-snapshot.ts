import type { Provider } from "../provider.ts";
import type { ProviderEntry } from "../registry/entries.ts";
import type { Registry } from "../registry/registry.ts";
import type { Router } from "../routing/router.ts";

export interface GatewaySnapshotParts {
  registry: Registry;
  router: Router;
  /** For streams whose caller does not choose. */
  commit: "first_token" | "complete";
  createProvider: (entry: ProviderEntry) => Provider;
}

/** One configuration at work. A call keeps the one it began with; its providers close when the last call is over. */
export class GatewaySnapshot {
  readonly registry: Registry;
  readonly router: Router;
  readonly commit: "first_token" | "complete";
  readonly providers: ReadonlyMap<string, Provider>;
  readonly #idle = Promise.withResolvers<void>();
  #calls = 0;
  #isRetired = false;

  constructor({ registry, router, commit, createProvider }: GatewaySnapshotParts) {
    this.registry = registry;
    this.router = router;
    this.commit = commit;
    this.providers = new Map(registry.providers.map((entry) => [entry.id, createProvider(entry)]));
  }

  /** A call begins; the answer ends it, once. */
  enter(): () => void {
    this.#calls += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#calls -= 1;
      if (this.#isRetired && this.#calls === 0) this.#idle.resolve();
    };
  }

  /** No new call will come: closes the providers when those under way are over. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#calls === 0) this.#idle.resolve();
    await this.#idle.promise;
    await Promise.all([...this.providers.values()].map((provider) => provider.close()));
  }
}
