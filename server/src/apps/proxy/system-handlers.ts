import type { ProxyHealth, ProxyRoutes } from "@sekha/sdk/contract";
import type { Registry } from "prom-client";
import { errorMessage } from "../../core/errors.ts";
import { Answer } from "../../http/answer.ts";
import { prefersJson } from "../../http/content-negotiation.ts";
import { DOCS_CONTENT_SECURITY_POLICY, docsPage } from "../../http/docs-page.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteCall, RouteHandlers } from "../../http/route-binding.ts";
import { asRecord, parseLoose } from "../../protocols/loose-json.ts";
import { forward } from "./bridge-target.ts";
import { HOME_CONTENT_SECURITY_POLICY, homePage } from "./home-page.ts";
import { proxyOpenApi } from "./proxy-openapi.ts";
import type { ProxyDefaults, ProxyServices } from "./services.ts";

type SystemRoutes = Pick<
  ProxyRoutes,
  "home" | "info" | "proxyHealth" | "metrics" | "openApi" | "docs"
>;

interface SystemOptions {
  registry: Registry;
  version: string;
  defaults: ProxyDefaults;
}

/** Of a bridge that is asked how it is. */
const HEALTH_TIMEOUT_MS = 3000;

export function systemHandlers(
  services: ProxyServices,
  { registry, version, defaults }: SystemOptions,
): RouteHandlers<SystemRoutes> {
  const pages = describedOnce(version);
  return {
    home: (_input, { request }) =>
      htmlResponse(homePage(new URL(request.url).origin, version), HOME_CONTENT_SECURITY_POLICY),

    info: async () => ({
      name: "Sekha Proxy",
      version,
      status: "running",
      features: [
        "Memory for OpenAI's, Anthropic's and Ollama's own clients",
        "Recall that leaves the prompt's beginning as it was",
        "Every exchange kept once",
        "Any model of any provider, through the LLM bridge",
      ],
      endpoints: { chat: "/v1/chat/completions", health: "/health", ui: "/" },
      config: {
        bridge_url: services.bridge.url,
        auto_inject_context: defaults.recall,
        context_budget: defaults.contextBudget,
      },
    }),

    proxyHealth: async (_input, call) => {
      const health = await proxyHealth(services, { call, version });
      return jsonResponse(health, { status: health.status === "unhealthy" ? 503 : 200 });
    },

    metrics: async (_input, { request }) => {
      if (prefersJson(request)) return jsonResponse({ metrics: await registry.getMetricsAsJSON() });
      return new Answer(await registry.metrics(), {
        headers: { "Content-Type": registry.contentType },
      });
    },

    openApi: () => jsonResponse(pages().document),
    docs: () => htmlResponse(pages().html, DOCS_CONTENT_SECURITY_POLICY),
  };
}

/**
 * Without the bridge nothing works: unhealthy. Without the controller answers come without memory, and what is said
 * waits on disk: degraded.
 */
async function proxyHealth(
  services: ProxyServices,
  { call, version }: { call: RouteCall; version: string },
): Promise<ProxyHealth> {
  const { controller, bridge, clock } = services;
  const [problem, llm] = await Promise.all([controller.problem(), bridgeCheck(services, call)]);
  const url = { url: controller.url };
  const checks: ProxyHealth["checks"] = {
    controller:
      problem === null ? { status: "ok", ...url } : { status: "error", ...url, error: problem },
    llm: { ...llm, url: bridge.url, provider: "bridge" },
    proxy: spoolCheck(services),
  };
  const isWell = Object.values(checks).every(({ status }) => status === "ok");
  return {
    status: llm.status === "error" ? "unhealthy" : isWell ? "healthy" : "degraded",
    version,
    timestamp: new Date(clock()).toISOString(),
    checks,
  };
}

type Check = ProxyHealth["checks"]["llm"];

/** What the memory refused is lost to it until somebody does something. */
function spoolCheck({ memory }: ProxyServices): Check {
  const turns = memory.setAside();
  if (turns === 0) return { status: "ok" };
  const error = `${turns} turns were refused by the memory and are kept aside in proxy.db; the log says why, and the next start tries them again`;
  return { status: "warning", error };
}

async function bridgeCheck({ bridge }: ProxyServices, call: RouteCall): Promise<Check> {
  const request = new Request("http://sekha.internal/health");
  try {
    const asked = { ...call, request };
    const response = await forward(asked, undefined, { bridge, timeoutMs: HEALTH_TIMEOUT_MS });
    const { status } = asRecord(parseLoose(await response.text())) ?? {};
    if (!response.ok) return { status: "error", error: `it answered ${response.status}` };
    return status === "healthy"
      ? { status: "ok" }
      : { status: "warning", error: `it is ${status}` };
  } catch (error) {
    return { status: "error", error: errorMessage(error) };
  }
}

function htmlResponse(html: string, policy: string): Answer {
  return new Answer(html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy },
  });
}

/** Written at the first request: most processes never show them. */
function describedOnce(version: string) {
  let pages: { document: ReturnType<typeof proxyOpenApi>; html: string } | undefined;
  return () => {
    if (pages === undefined) {
      const document = proxyOpenApi(version);
      pages = { document, html: docsPage(document) };
    }
    return pages;
  };
}
