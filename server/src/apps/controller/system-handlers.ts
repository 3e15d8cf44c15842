import type { ControllerRoutes } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import { Answer } from "../../http/answer.ts";
import { readBytes } from "../../http/body-bytes.ts";
import { prefersJson } from "../../http/content-negotiation.ts";
import { DOCS_CONTENT_SECURITY_POLICY, docsPage } from "../../http/docs-page.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import type { ControllerMetrics } from "./controller-metrics.ts";
import { controllerOpenApi } from "./controller-openapi.ts";
import type { ControllerServices } from "./services.ts";

/** A configuration is some kilobytes; a hostile one may cost its parser seconds a megabyte. */
const CONFIG_BYTES = 131_072;

type SystemRoutes = Pick<
  ControllerRoutes,
  "health" | "metrics" | "version" | "openApi" | "docs" | "validateConfig"
>;

export interface About {
  version: string;
  /** Of the runtime, such as v24.1.0. */
  node: string;
}

export function systemHandlers(
  services: ControllerServices,
  { metrics, about }: { metrics: ControllerMetrics; about: About },
): RouteHandlers<SystemRoutes> {
  const pages = describedOnce(about.version);
  return {
    health: async () => {
      const health = await services.health();
      return health.status === "unhealthy" ? jsonResponse(health, { status: 503 }) : health;
    },

    metrics: async (_input, { request }) => {
      if (prefersJson(request)) return jsonResponse(await metrics.json());
      const { body, contentType } = await metrics.text();
      return new Answer(body, { headers: { "Content-Type": contentType } });
    },

    version: async () => ({ name: "sekha", version: about.version, node: about.node }),
    openApi: () => jsonResponse(pages().document),
    docs: () =>
      new Answer(pages().html, {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY,
        },
      }),

    validateConfig: async (_input, { request }) => {
      const bytes = await readBytes(request, CONFIG_BYTES);
      return services.validateConfig(decode(bytes));
    },
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SekhaError("invalid_request", "The configuration is not valid UTF-8.", { cause });
  }
}

/** Written at the first request: most processes never show them. */
function describedOnce(version: string) {
  let pages: { document: ReturnType<typeof controllerOpenApi>; html: string } | undefined;
  return () => {
    if (pages === undefined) {
      const document = controllerOpenApi(version);
      pages = { document, html: docsPage(document) };
    }
    return pages;
  };
}
