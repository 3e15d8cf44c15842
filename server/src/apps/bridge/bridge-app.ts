import { BRIDGE_ROUTES } from "@sekha/sdk/contract";
import type { Registry } from "prom-client";
import type { HttpAnswer } from "../../http/answer.ts";
import type { KeyDirectory } from "../../http/api-keys.ts";
import type { CorsOptions } from "../../http/cors.ts";
import { HttpApp } from "../../http/http-app.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { HttpMetrics } from "../../http/http-metrics.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RateLimitOptions } from "../../http/rate-limit.ts";
import type { RequestContext } from "../../http/request-context.ts";
import { bindRoutes, publicPathsOf } from "../../http/route-binding.ts";
import { anthropicHandlers } from "./anthropic-handlers.ts";
import { bridgeErrorBody } from "./bridge-error-body.ts";
import { BridgeKeys } from "./bridge-keys.ts";
import { chatHandlers } from "./chat-handlers.ts";
import { costHandlers } from "./cost-handlers.ts";
import { embeddingHandlers } from "./embedding-handlers.ts";
import { modelHandlers } from "./model-handlers.ts";
import { ollamaHandlers } from "./ollama-handlers.ts";
import { ollamaModelHandlers } from "./ollama-model-handlers.ts";
import { providerHandlers } from "./provider-handlers.ts";
import { responsesHandlers } from "./responses-handlers.ts";
import { routingHandlers } from "./routing-handlers.ts";
import type { BridgeServices } from "./services.ts";
import { systemHandlers } from "./system-handlers.ts";
import { textTaskHandlers } from "./text-task-handlers.ts";

export interface BridgeAppOptions {
  authentication: {
    /**
     * `key`: every route but /health needs one. `loopback`: programs on this machine need none. `network`: nobody does,
     * since the operator said so (`auth.bridge: open` beyond loopback).
     */
    access: "key" | "loopback" | "network";
    /** Keys of the configuration: the bridge's own and those that every service takes; `name` shows in logs. */
    keys: { key: string; name: string }[];
    /** Keys that were made with `sekha keys create`. */
    directory: KeyDirectory;
    /** Whose budgets and costs callers without a key and with configured ones use. */
    localOwner: string;
    /** Host names, besides localhost, under which callers without a key may come. */
    allowedHosts: string[];
  };
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  /** Bytes of a JSON body; 64 MB by default in the configuration. */
  bodyLimit: number;
  /** Silence after which a stream says that it is alive; 15 seconds when absent. */
  heartbeatMs?: number;
  version: string;
  /** Holds the gateway's metrics; those of HTTP join them and /metrics shows all. */
  registry: Registry;
  /** Figures of the process in /metrics; one service of a process is enough. */
  processMetrics: boolean;
  logger: HttpLogger;
}

export interface BridgeApp {
  fetch(request: Request, context: RequestContext): Promise<Response>;
  /** For a socket. */
  answer(request: HttpRequest, context: RequestContext): Promise<HttpAnswer>;
}

const HEARTBEAT_MS = 15_000;

/** The LLM bridge as a fetch handler, for a socket or for another service in this process. */
export function createBridgeApp(services: BridgeServices, options: BridgeAppOptions): BridgeApp {
  const { authentication, registry, version, logger } = options;
  const app = new HttpApp({
    authentication: {
      keys: new BridgeKeys(authentication, {
        clock: services.clock,
        onTouchFailed: (err) => logger.warn({ err }, "could not note the last use of a key"),
      }),
      required: authentication.access === "key",
      localOwner: authentication.localOwner,
      allowedHosts: authentication.allowedHosts,
      allowedOrigins: options.cors.enabled ? options.cors.origins : [],
      anyAddress: authentication.access === "network",
      recogniseKeys: true,
    },
    cors: options.cors,
    rateLimit: options.rateLimit,
    publicPaths: publicPathsOf(BRIDGE_ROUTES),
    errorBody: bridgeErrorBody,
    metrics: new HttpMetrics({ processMetrics: options.processMetrics, registry }),
    logger,
    clock: services.clock,
    newId: services.newId,
  });
  const startedAt = Math.floor(services.clock() / 1000);
  const face = {
    bodyLimit: options.bodyLimit,
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    logger,
  };
  bindRoutes(app, BRIDGE_ROUTES, {
    bodyLimit: options.bodyLimit,
    handlers: {
      ...chatHandlers(services, face),
      ...responsesHandlers(services, face),
      ...embeddingHandlers(services, face),
      ...anthropicHandlers(services, face),
      ...ollamaHandlers(services, face),
      ...ollamaModelHandlers(services, { ...face, startedAt, version }),
      ...modelHandlers(services, startedAt),
      ...routingHandlers(services),
      ...providerHandlers(services),
      ...costHandlers(services),
      ...textTaskHandlers(services),
      ...systemHandlers(services, { registry, version }),
    },
  });
  return app;
}
