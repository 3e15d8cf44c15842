import { type Context, Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { errorMessage, SekhaError } from "../core/errors.ts";
import { type AuthenticationOptions, authenticate } from "./authentication.ts";
import {
  addCorsHeaders,
  allowedOrigin,
  type CorsOptions,
  isPreflight,
  preflightResponse,
} from "./cors.ts";
import { type ErrorBody, errorResponse, publicError } from "./error-response.ts";
import type { HttpLogger } from "./http-logger.ts";
import type { HttpMetrics } from "./http-metrics.ts";
import { isLoopback } from "./local-caller.ts";
import { checkPercentEncoding } from "./percent-encoding.ts";
import type { RateDecision } from "./rate-decision.ts";
import { RateLimiter, type RateLimitOptions, rateLimitCaller } from "./rate-limit.ts";
import type { HttpEnvironment, Principal } from "./request-context.ts";
import { requestIdOf } from "./request-id.ts";

export interface HttpAppOptions {
  authentication: AuthenticationOptions;
  cors: CorsOptions;
  rateLimit: RateLimitOptions;
  /** Paths that need no key and count against no limit. */
  publicPaths: string[];
  errorBody: ErrorBody;
  metrics: HttpMetrics;
  logger: HttpLogger;
  /** Milliseconds since the epoch, with fractions where the source has them. */
  clock: () => number;
  newId: () => string;
}

type HttpContext = Context<HttpEnvironment>;
export type HttpApp = Hono<HttpEnvironment>;

/**
 * A service without routes: everything around them. From outside in: request id, log and
 * metrics; CORS; who calls; how often; and for whatever is thrown the error body.
 */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const app = new Hono<HttpEnvironment>({ strict: false });
  app.use("*", observeRequest(options), answerCors(options), admit(options));
  app.onError((error, context) => failureResponse(error, context, options));
  app.notFound(() => {
    throw new SekhaError("not_found", "There is no such route. GET /docs lists all of them.");
  });
  return app;
}

function observeRequest(options: HttpAppOptions): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const startedAt = options.clock();
    const requestId = requestIdOf(context.req.raw, options.newId);
    context.set("requestId", requestId);
    await next();
    context.res.headers.set("X-Request-Id", requestId);
    context.res.headers.set("X-Content-Type-Options", "nosniff");
    const rate = context.get("rate");
    if (rate !== undefined) addRateHeaders(context.res.headers, rate);
    report(context, options, options.clock() - startedAt);
  };
}

function addRateHeaders(headers: Headers, rate: RateDecision): void {
  headers.set("X-RateLimit-Limit", String(rate.limit));
  headers.set("X-RateLimit-Remaining", String(rate.remaining));
  headers.set("X-RateLimit-Reset", String(Math.ceil(rate.resetAt / 1000)));
}

/** Never the path, query or body: they hold what people say. */
function report(context: HttpContext, options: HttpAppOptions, milliseconds: number): void {
  const pattern = routePath(context, -1);
  const route = pattern === "*" || pattern === "/*" ? "unmatched" : pattern;
  const method = knownMethod(context.req.method);
  const status = context.res.status;
  options.metrics.observe({ method, route, status, seconds: milliseconds / 1000 });
  const length = context.res.headers.get("content-length");
  const fields = {
    requestId: context.get("requestId"),
    method,
    route,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    ...(length === null ? {} : { bytes: Number(length) }),
    caller: context.get("principal")?.name,
  };
  if (status < 400) options.logger.debug(fields, "request");
  else options.logger.info(fields, "request refused");
}

/** Methods are labels of metrics: strange ones must not make new series. */
function knownMethod(method: string): string {
  return /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(method) ? method : "OTHER";
}

function answerCors(options: HttpAppOptions): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const request = context.req.raw;
    if (!options.cors.enabled || !request.headers.has("origin")) return next();
    const { required, keys } = options.authentication;
    const origin = allowedOrigin(request, options.cors, required || (await keys.configured()));
    if (origin !== null && isPreflight(request)) return preflightResponse(request, origin);
    await next();
    if (origin !== null) addCorsHeaders(context.res.headers, origin);
  };
}

/** Who calls and how often. A refused caller is counted too, so that keys cannot be guessed fast. */
function admit(options: HttpAppOptions): MiddlewareHandler<HttpEnvironment> {
  const limiter = new RateLimiter(options.rateLimit);
  const publicPaths = new Set(options.publicPaths);
  return async (context, next) => {
    if (publicPaths.has(context.req.path.replace(/(.)\/$/, "$1"))) return next();
    const admission = await identify(context, options);
    context.set("principal", admission.principal);
    const decision = limit(context, limiter, options);
    if (decision !== null) context.set("rate", decision);
    if (decision?.allowed === false) {
      const seconds = decision.retryAfterSeconds;
      throw new SekhaError("rate_limited", `Rate limit exceeded. Retry after ${seconds} seconds.`, {
        retryAfterSeconds: seconds,
      });
    }
    if (admission.refusal !== undefined) throw admission.refusal;
    checkPercentEncoding(context.req.url);
    await next();
  };
}

interface Admission {
  principal: Principal | undefined;
  refusal?: SekhaError;
}

async function identify(context: HttpContext, options: HttpAppOptions): Promise<Admission> {
  try {
    return { principal: await authenticate(context.req.raw, context.env, options.authentication) };
  } catch (error) {
    if (error instanceof SekhaError) return { principal: undefined, refusal: error };
    throw error;
  }
}

function limit(
  context: HttpContext,
  limiter: RateLimiter,
  options: HttpAppOptions,
): RateDecision | null {
  if (limiter.unlimited || context.env.injected) return null;
  const keyless = context.get("principal")?.keyId === null;
  if (options.rateLimit.exemptLoopback && keyless && isLoopback(context.env.peerAddress))
    return null;
  const caller = rateLimitCaller(context.req.raw, context.env, {
    principal: context.get("principal"),
    trustProxy: options.rateLimit.trustProxy,
  });
  return limiter.take(caller, options.clock());
}

function failureResponse(error: Error, context: HttpContext, options: HttpAppOptions): Response {
  const requestId = context.get("requestId");
  const shown = publicError(callerIsGone(error, context) ? goneError() : error, requestId);
  if (shown.code === "internal") {
    options.logger.error({ err: error, requestId }, "request failed");
  } else if (shown.cause !== undefined) {
    options.logger.debug({ requestId, cause: errorMessage(shown.cause) }, shown.message);
  }
  const response = errorResponse(shown, options.errorBody(shown, requestId, context.req.raw));
  const allow = context.get("allow");
  if (allow !== undefined) response.headers.set("Allow", allow);
  return response;
}

function callerIsGone(error: Error, context: HttpContext): boolean {
  const signal = context.env.signal ?? context.req.raw.signal;
  // Whoever waits no longer than a time of its own (the proxy) leaves with a TimeoutError.
  return signal.aborted && (error.name === "AbortError" || error.name === "TimeoutError");
}

function goneError(): SekhaError {
  return new SekhaError("invalid_request", "The caller closed the connection before the answer.");
}
