/** The collectors that prom-client's `collectDefaultMetrics` calls; it has no types for them one by one. */
declare module "prom-client/lib/metrics/*" {
  import type { Registry } from "prom-client";

  const collect: (registry: Registry, options: { eventLoopMonitoringPrecision: number }) => void;
  export = collect;
}
