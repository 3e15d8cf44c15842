/** What routing reads of the configuration's `routing`. */
export interface RoutingSettings {
  readonly enableFallback: boolean;
  readonly strategy: "priority" | "latency" | "round_robin" | "least_connections";
  readonly requireVisionForImages: boolean;
  /** US dollars. */
  readonly costLimitPerRequest?: number | undefined;
  readonly preferFreeProviders: boolean;
  readonly preferRegion?: string | undefined;
  readonly latencyThresholdMs?: number | undefined;
  /** Ids of the only providers that may be used; empty: all. */
  readonly providers: readonly string[];
}

/** The configuration's `routing.circuit_breaker`. */
export interface CircuitBreakerSettings {
  readonly failureThreshold: number;
  readonly timeoutSecs: number;
  readonly successThreshold: number;
  readonly halfOpenRequests: number;
}
