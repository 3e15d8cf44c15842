import { PROXY_ROUTES } from "@sekha/sdk/contract";
import type { HttpAnswer } from "../../http/answer.ts";
import { ApiKeys, type KeyDirectory, type KeyVerifier } from "../../http/api-keys.ts";
import type { CorsOptions } from "../../http/cors.ts";
import { HttpApp } from "../../http/http-app.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { HttpMetrics } from "../../http/http-metrics.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import type { RateLimitOptions } from "../../http/rate-limit.ts";
import type { RequestContext } from "../../http/request-context.ts";
import { bindRoutes, publicPathsOf } from "../../http/route-binding.ts";
import { type ExchangeOptions, exchange } from "./exchange.ts";
import { anthropicFace } from "./faces/anthropic.ts";
import { ollamaChatFace } from "./faces/ollama-chat.ts";
import { openAiChatFace } from "./faces/openai-chat.ts";
import { openAiResponsesFace } from "./faces/openai-responses.ts";
import { passedHandlers } from "./passed-handlers.ts";
import { proxyErrorBody } from "./proxy-error-body.ts";
import { ProxyMetrics } from "./proxy-metrics.ts";
import type { ProxyDefaults, ProxyServices } from "./services.ts";
import { systemHandlers } from "./system-handlers.ts";

export interface ProxyAppOptions {
  authentication: {
    /** Keys of the configuration: the proxy's own and those that every service takes; `name` shows in logs. */
    keys: { key: string; name: string }[];
    /** Keys that were made with `sekha keys create`. */
    directory: KeyDirectory;
    /** Who knows keys that a controller elsewhere made; a caller who needs no key is still known by one. */
    elsewhere?: Pick<KeyVerifier, "verify">;
    /** True when the proxy listens beyond loopback. */
    required: boolean;
    /** Whose memory configured keys and callers without a key open. */
    localOwner: string;
    /** Host names, besides localhost, under which callers without a key may come. */
    allowedHosts: string[];
  };
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  /** Bytes of a JSON body; 64 MB by default in the configuration. */
  bodyLimit: number;
  /** Until the bridge's answer begins. */
  timeoutMs: number;
  defaults: ProxyDefaults;
  version: string;
  /** Figures of the process in /metrics; one service of a process is enough. */
  processMetrics: boolean;
  logger: HttpLogger;
}

export interface ProxyApp {
  fetch(request: Request, context: RequestContext): Promise<Response>;
  /** For a socket. */
  answer(request: HttpRequest, context: RequestContext): Promise<HttpAnswer>;
}

/** The proxy as a fetch handler: the bridge's faces with memory. */
export function createProxyApp(services: ProxyServices, options: ProxyAppOptions): ProxyApp {
  const { authentication, bodyLimit, timeoutMs, defaults, logger, version } = options;
  const httpMetrics = new HttpMetrics({ processMetrics: options.processMetrics });
  const { registry } = httpMetrics;
  const metrics = new ProxyMetrics(registry, services.memory);
  const app = new HttpApp({
    authentication: {
      keys: new ApiKeys({
        configured: authentication.keys,
        directory: authentication.directory,
        elsewhere: authentication.elsewhere,
        owner: authentication.localOwner,
        clock: services.clock,
        onTouchFailed: (err) => logger.warn({ err }, "could not note the last use of a key"),
      }),
      required: authentication.required,
      localOwner: authentication.localOwner,
      allowedHosts: authentication.allowedHosts,
      recogniseKeys: authentication.elsewhere !== undefined,
      allowedOrigins: options.cors.enabled ? options.cors.origins : [],
    },
    cors: options.cors,
    rateLimit: options.rateLimit,
    publicPaths: publicPathsOf(PROXY_ROUTES),
    errorBody: proxyErrorBody,
    metrics: httpMetrics,
    logger,
    clock: services.clock,
    newId: services.newId,
  });
  const exchanges: ExchangeOptions = {
    ...services,
    ...{ bodyLimit, timeoutMs, defaults, logger },
    observe: (report) => metrics.observe(report),
  };
  bindRoutes(app, PROXY_ROUTES, {
    bodyLimit,
    handlers: {
      chat: (_input, call) => exchange(openAiChatFace, call, exchanges),
      responses: (_input, call) => exchange(openAiResponsesFace, call, exchanges),
      messages: (_input, call) => exchange(anthropicFace, call, exchanges),
      ollamaChat: (_input, call) => exchange(ollamaChatFace, call, exchanges),
      ...passedHandlers(exchanges),
      ...systemHandlers(services, { registry, version, defaults }),
    },
  });
  return app;
}
