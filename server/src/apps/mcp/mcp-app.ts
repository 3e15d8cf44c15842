import { SekhaApiError, SekhaClient } from "@sekha/sdk";
import { hashApiKey, type KeyVerifier } from "../../http/api-keys.ts";
import { keyOf } from "../../http/authentication.ts";
import type { CorsOptions } from "../../http/cors.ts";
import { controllerErrorBody } from "../../http/error-response.ts";
import { HttpApp } from "../../http/http-app.ts";
import type { HttpLogger } from "../../http/http-logger.ts";
import { HttpMetrics } from "../../http/http-metrics.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RateLimitOptions } from "../../http/rate-limit.ts";
import { ALL_SCOPES, type Principal } from "../../http/request-context.ts";
import { requireAccess } from "../../http/route-access.ts";
import { callOf } from "../../http/route-binding.ts";
import { controllerLlmTools } from "./bridge-llm-tools.ts";
import { createMcpFace } from "./mcp-face.ts";
import { SERVER_NAME, SERVER_VERSION } from "./mcp-server.ts";
import { httpFailure } from "./tool-failure.ts";

export interface McpAppOptions {
  controllerURL: string;
  /** True when it listens beyond loopback. */
  keyRequired: boolean;
  allowedHosts: string[];
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  bodyLimit: number;
  logger: HttpLogger;
  clock: () => number;
  newId: () => string;
}

const LOCAL = "local";
/** How long the controller's word on a key, or on callers without one, is believed. */
const BELIEVED_MS = 10_000;
const MOST_BELIEVED = 1000;

/** `/mcp` in a process of its own: every caller's own key goes to the controller, which says what it may do. */
export function createMcpApp(options: McpAppOptions) {
  const { controllerURL, logger, keyRequired, allowedHosts, cors } = options;
  const clientOf = (apiKey: string | undefined) => new SekhaClient({ controllerURL, apiKey });
  const face = createMcpFace({
    memoryOf: ({ request }) => {
      const client = clientOf(keyOf(request) ?? undefined);
      const logFailure = (err: unknown, what: string) =>
        logger.error({ err }, `MCP: ${what} failed`);
      return { client, llm: controllerLlmTools(client), logFailure };
    },
    bodyLimit: options.bodyLimit,
    onRefused: (error) => logger.warn({}, `MCP: ${error.message}`),
  });
  const app = new HttpApp({
    authentication: {
      keys: new ControllerKeys(clientOf, options.clock),
      required: keyRequired,
      localOwner: LOCAL,
      allowedHosts,
      allowedOrigins: cors.enabled ? cors.origins : [],
    },
    cors,
    rateLimit: options.rateLimit,
    publicPaths: ["/health"],
    errorBody: controllerErrorBody,
    metrics: new HttpMetrics({ processMetrics: false }),
    logger,
    clock: options.clock,
    newId: options.newId,
  });
  app.on("GET", "/health", () =>
    jsonResponse({ status: "healthy", service: SERVER_NAME, version: SERVER_VERSION }),
  );
  app.all("/mcp", (call) => {
    requireAccess(call.principal, "read");
    return face.serve(call.request, callOf(call));
  });
  return app;
}

/** Keys as the controller knows them; it is asked again with every call that uses one. */
class ControllerKeys implements KeyVerifier {
  readonly #clientOf: (apiKey: string | undefined) => SekhaClient;
  readonly #clock: () => number;
  readonly #believed = new Map<string, number>();

  constructor(clientOf: (apiKey: string | undefined) => SekhaClient, clock: () => number) {
    this.#clientOf = clientOf;
    this.#clock = clock;
  }

  async configured(): Promise<boolean> {
    return !(await this.#isLetIn(undefined));
  }

  async verify(key: string): Promise<Principal | null> {
    if (!(await this.#isLetIn(key))) return null;
    const id = hashApiKey(key).slice(0, 16);
    return { owner: id, keyId: id, name: "the controller's", scopes: ALL_SCOPES };
  }

  /** Whether the controller answers; a key of no scope is let in too, and refused by each tool. */
  async #isLetIn(key: string | undefined): Promise<boolean> {
    const id = key === undefined ? "" : hashApiKey(key);
    if ((this.#believed.get(id) ?? 0) > this.#clock()) return true;
    try {
      await this.#clientOf(key).version();
    } catch (error) {
      if (!(error instanceof SekhaApiError)) throw httpFailure(error);
      if (error.status === 401) return false;
      if (error.status !== 403) throw httpFailure(error);
    }
    if (this.#believed.size >= MOST_BELIEVED) this.#believed.clear();
    this.#believed.set(id, this.#clock() + BELIEVED_MS);
    return true;
  }
}
