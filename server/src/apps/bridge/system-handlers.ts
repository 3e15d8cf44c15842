import type { BridgeHealth, BridgeRoutes } from "@sekha/sdk/contract";
import type { Registry } from "prom-client";
import { Answer } from "../../http/answer.ts";
import { prefersJson } from "../../http/content-negotiation.ts";
import { DOCS_CONTENT_SECURITY_POLICY, docsPage } from "../../http/docs-page.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { ProviderHealth } from "../../llm/gateway.ts";
import { bridgeOpenApi } from "./bridge-openapi.ts";
import { canServe, providerHealthToWire } from "./provider-health.ts";
import type { BridgeServices } from "./services.ts";

type SystemRoutes = Pick<BridgeRoutes, "about" | "health" | "metrics" | "openApi" | "docs">;

const SERVICE = "Sekha LLM Bridge";

export function systemHandlers(
  services: Pick<BridgeServices, "gateway" | "health" | "clock">,
  { registry, version }: { registry: Registry; version: string },
): RouteHandlers<SystemRoutes> {
  const pages = describedOnce(version);
  return {
    about: async () => ({
      service: SERVICE,
      version,
      docs: "/docs",
      health: "/health",
      features: [
        "Any provider: Ollama, OpenAI, Anthropic, OpenRouter, LiteLLM and what speaks OpenAI's format",
        "Fallback before the first token, circuit breakers for each provider and model",
        "Cost of every call, limits for requests, days and months",
        "Vision, tools, structured output and embeddings",
        "OpenAI's, Anthropic's and Ollama's own routes",
      ],
    }),

    health: async () => bridgeHealth(services, version),

    metrics: async (_input, { request }) => {
      if (prefersJson(request)) return jsonResponse({ metrics: await registry.getMetricsAsJSON() });
      return new Answer(await registry.metrics(), {
        headers: { "Content-Type": registry.contentType },
      });
    },

    openApi: () => jsonResponse(pages().document),
    docs: () =>
      new Answer(pages().html, {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY,
        },
      }),
  };
}

/** v1's shape and more: healthy as long as one provider can be tried; none is asked. */
async function bridgeHealth(
  { gateway, health, clock }: Pick<BridgeServices, "gateway" | "health" | "clock">,
  version: string,
): Promise<BridgeHealth> {
  const now = clock();
  const providers = gateway.health();
  const models = gateway.models();
  const ids = [...new Set(models.map(({ modelId }) => modelId))];
  const checks = { providers: providersCheck(providers), ...(await health()) };
  const isHealthy = providers.some(canServe) && notBroken(checks);
  return {
    status: isHealthy ? "healthy" : "degraded",
    service: SERVICE,
    version,
    ollama_status: {
      status: providersStatus(providers),
      providers: Object.fromEntries(
        providers.map((one) => {
          const { provider_type, circuit_breaker, models_count } = providerHealthToWire(one, now);
          return [one.provider.id, { provider_type, circuit_breaker, models_count }];
        }),
      ),
      models_count: models.length,
      models_available: ids,
      has_embedding: models.some(({ tasks }) => tasks.includes("embedding")),
      has_chat: models.some(({ tasks }) => tasks.some((task) => task.startsWith("chat"))),
    },
    models_loaded: ids,
    timestamp: new Date(now).toISOString(),
    checks,
  };
}

function notBroken(checks: BridgeHealth["checks"]): boolean {
  return Object.entries(checks).every(
    ([name, { status }]) => name === "providers" || status !== "error",
  );
}

function providersStatus(
  providers: readonly ProviderHealth[],
): "healthy" | "degraded" | "unhealthy" {
  if (!providers.some(canServe)) return "unhealthy";
  return providers.every(canServe) ? "healthy" : "degraded";
}

function providersCheck(providers: readonly ProviderHealth[]): BridgeHealth["checks"][string] {
  const out = providers.filter((one) => !canServe(one)).map(({ provider }) => provider.id);
  if (out.length === 0 && providers.length > 0) return { status: "ok" };
  const error = providers.length === 0 ? "No provider is configured." : `Out: ${out.join(", ")}.`;
  return { status: providers.some(canServe) ? "degraded" : "error", error };
}

/** Written at the first request: most processes never show them. */
function describedOnce(version: string) {
  let pages: { document: ReturnType<typeof bridgeOpenApi>; html: string } | undefined;
  return () => {
    if (pages === undefined) {
      const document = bridgeOpenApi(version);
      pages = { document, html: docsPage(document) };
    }
    return pages;
  };
}
