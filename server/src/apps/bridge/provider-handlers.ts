import type { BridgeRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { Gateway } from "../../llm/gateway.ts";
import { callOptions } from "./call-options.ts";
import { canServe, providerHealthToWire } from "./provider-health.ts";
import { testCall } from "./provider-test-call.ts";
import type { BridgeServices } from "./services.ts";

type ProviderRoutes = Pick<BridgeRoutes, "providersHealth" | "testProvider" | "resetProvider">;

export function providerHandlers({
  gateway,
  clock,
}: Pick<BridgeServices, "gateway" | "clock">): RouteHandlers<ProviderRoutes> {
  return {
    providersHealth: async ({ query }) => {
      const all = gateway.health();
      const wire = all.map((health) => providerHealthToWire(health, clock()));
      if (query.format === "list") {
        return wire.map((one) => ({
          id: one.provider_id,
          status: one.status,
          circuit_breaker: one.circuit_breaker_state,
          failures: one.circuit_breaker.failure_count,
        }));
      }
      return {
        providers: Object.fromEntries(wire.map((one) => [one.provider_id, one])),
        total_providers: all.length,
        healthy_providers: all.filter(canServe).length,
        total_models: gateway.models().length,
      };
    },

    testProvider: async ({ body }, call) => {
      requireProvider(gateway, body.provider_id);
      const probe = await gateway.probe(body.provider_id);
      const task = body.test_task ?? undefined;
      const test =
        task === undefined
          ? null
          : await testCall(gateway, {
              providerId: body.provider_id,
              task,
              options: callOptions(call),
              clock,
            });
      const success = probe.ok && (test?.success ?? true);
      return {
        provider_id: body.provider_id,
        success,
        status: success ? "ok" : "error",
        latency_ms: probe.latencyMs,
        models: probe.models ?? null,
        error: probe.error ?? test?.error ?? null,
        test,
      };
    },

    resetProvider: async ({ params }) => {
      if (!gateway.reset(params.id)) throw unknownProvider(gateway, params.id);
      return { success: true, provider_id: params.id };
    },
  };
}

function requireProvider(gateway: Gateway, id: string): void {
  if (!gateway.providers().some((provider) => provider.id === id)) {
    throw unknownProvider(gateway, id);
  }
}

function unknownProvider(gateway: Gateway, id: string): SekhaError {
  const known = gateway.providers().map((provider) => provider.id);
  const all = known.length === 0 ? "None is configured." : `Configured: ${known.join(", ")}.`;
  return new SekhaError("not_found", `There is no provider '${id.slice(0, 100)}'. ${all}`);
}
