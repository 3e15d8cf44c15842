import { CONTROLLER_ROUTES } from "@sekha/sdk/contract";
import { type HttpAnswer, responseOf } from "../../http/answer.ts";
import { ApiKeys } from "../../http/api-keys.ts";
import type { CorsOptions } from "../../http/cors.ts";
import { HttpApp } from "../../http/http-app.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { HttpMetrics } from "../../http/http-metrics.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RateLimitOptions } from "../../http/rate-limit.ts";
import type { RequestContext } from "../../http/request-context.ts";
import { bindRoutes, publicPathsOf } from "../../http/route-binding.ts";
import { changeHandlers } from "./change-handlers.ts";
import { contextHandlers } from "./context-handlers.ts";
import { ControllerMetrics } from "./controller-metrics.ts";
import { embeddingHandlers } from "./embedding-handlers.ts";
import { factHandlers } from "./fact-handlers.ts";
import { importanceHandlers } from "./importance-handlers.ts";
import { keyHandlers } from "./key-handlers.ts";
import { labelHandlers } from "./label-handlers.ts";
import { mcpErrorBody, serveMcp, toolRefusal } from "./mcp-endpoint.ts";
import { memoryToolHandlers } from "./memory-tool-handlers.ts";
import { pruneHandlers } from "./prune-handlers.ts";
import { readHandlers } from "./read-handlers.ts";
import { searchHandlers } from "./search-handlers.ts";
import type { ControllerServices } from "./services.ts";
import { storeHandlers } from "./store-handlers.ts";
import { summaryHandlers } from "./summary-handlers.ts";
import { type About, systemHandlers } from "./system-handlers.ts";
import { transferHandlers } from "./transfer-handlers.ts";
import { userHandlers } from "./user-handlers.ts";

export interface ControllerOptions {
  authentication: {
    /** Keys of the configuration; `name` shows in logs. */
    keys: { key: string; name: string }[];
    /** True when the service listens beyond loopback. */
    required: boolean;
    /** Whose memory configured keys and callers without a key open. */
    localOwner: string;
    /** Host names, besides localhost, under which callers without a key may come. */
    allowedHosts: string[];
  };
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  /** Bytes of a JSON body; 10 MB by default in the configuration. */
  bodyLimit: number;
  about: About;
  logger: HttpLogger;
  /** Figures of the process (memory, event loop, garbage collection) in /metrics. */
  processMetrics: boolean;
}

export interface ControllerApp {
  fetch(request: Request, context: RequestContext): Promise<Response>;
  /** For a socket. */
  answer(request: HttpRequest, context: RequestContext): Promise<HttpAnswer>;
}

/** The controller as a fetch handler, for a socket or for another service in this process. */
export function createControllerApp(
  services: ControllerServices,
  options: ControllerOptions,
): ControllerApp {
  const { authentication, logger } = options;
  const httpMetrics = new HttpMetrics({ processMetrics: options.processMetrics });
  const metrics = new ControllerMetrics(httpMetrics.registry, services.figures);
  const verifier = new ApiKeys({
    configured: authentication.keys,
    directory: services.keys,
    owner: authentication.localOwner,
    clock: services.clock,
    onTouchFailed: (err) => logger.warn({ err }, "could not note the last use of a key"),
  });
  const app = new HttpApp({
    authentication: {
      keys: verifier,
      required: authentication.required,
      localOwner: authentication.localOwner,
      allowedHosts: authentication.allowedHosts,
      allowedOrigins: options.cors.enabled ? options.cors.origins : [],
    },
    cors: options.cors,
    rateLimit: options.rateLimit,
    publicPaths: publicPathsOf(CONTROLLER_ROUTES),
    errorBody: mcpErrorBody,
    metrics: httpMetrics,
    logger,
    clock: services.clock,
    newId: services.newId,
  });
  bindRoutes(app, CONTROLLER_ROUTES, {
    bodyLimit: options.bodyLimit,
    handlers: {
      ...storeHandlers(services),
      ...readHandlers(services),
      ...changeHandlers(services),
      ...searchHandlers(services, metrics),
      ...contextHandlers(services),
      ...labelHandlers(services),
      ...importanceHandlers(services),
      ...pruneHandlers(services),
      ...summaryHandlers(services),
      ...factHandlers(services),
      ...embeddingHandlers(services),
      ...transferHandlers(services),
      ...memoryToolHandlers(services),
      ...keyHandlers(services),
      ...userHandlers(services),
      ...systemHandlers(services, { metrics, about: options.about }),
    },
  });
  serveMcp(app, services);
  const answer: ControllerApp["answer"] = async (request, context) =>
    toolRefusal(request, await app.answer(request, context));
  return { answer, fetch: async (request, context) => responseOf(await answer(request, context)) };
}
