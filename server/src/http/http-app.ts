import { errorMessage, SekhaError } from "../core/errors.ts";
import { Answer, type HttpAnswer, responseOf } from "./answer.ts";
import { type AuthenticationOptions, authenticate } from "./authentication.ts";
import {
  addCorsHeaders,
  allowedOrigin,
  type CorsOptions,
  isPreflight,
  preflightResponse,
} from "./cors.ts";
import { type ErrorBody, errorResponse, publicError } from "./error-response.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpLogger } from "./http-logger.ts";
import type { HttpMetrics } from "./http-metrics.ts";
import type { HttpRequest } from "./http-request.ts";
import { isLoopback } from "./local-caller.ts";
import { checkPercentEncoding } from "./percent-encoding.ts";
import type { RateDecision } from "./rate-decision.ts";
import { RateLimiter, type RateLimitOptions, rateLimitCaller } from "./rate-limit.ts";
import type { Principal, RequestContext } from "./request-context.ts";
import { requestIdOf } from "./request-id.ts";
import { type HttpHandler, type Matched, pathOf, Router } from "./router.ts";

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

/**
 * A service without routes: everything around them. From outside in: request id, log and
 * metrics; CORS; who calls; how often; and for whatever is thrown the error body.
 */
export class HttpApp {
  readonly #options: HttpAppOptions;
  readonly #router = new Router();
  readonly #limiter: RateLimiter;
  readonly #publicPaths: ReadonlySet<string>;

  constructor(options: HttpAppOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options.rateLimit);
    this.#publicPaths = new Set(options.publicPaths);
  }

  /** The first that was added and fits serves. Patterns as Hono writes them: `/:id`, `/:id{.+}`. */
  on(method: string, pattern: string, handler: HttpHandler): void {
    this.#router.add(method, pattern, handler);
  }

  /** Whatever the method. */
  all(pattern: string, handler: HttpHandler): void {
    this.#router.add(null, pattern, handler);
  }

  /** For another service of this process. */
  async fetch(request: Request, context: RequestContext): Promise<Response> {
    return responseOf(await this.answer(request, context));
  }

  /** Never rejects. */
  async answer(request: HttpRequest, context: RequestContext): Promise<HttpAnswer> {
    const { clock, newId } = this.#options;
    const startedAt = clock();
    const isHead = request.method === "HEAD";
    const path = pathOf(request);
    const matched = this.#router.match(isHead ? "GET" : request.method, path);
    const call: HttpCall = {
      request,
      context,
      requestId: requestIdOf(request, newId),
      params: matched?.params ?? {},
      principal: undefined,
      rate: undefined,
      allow: undefined,
    };
    const answer = await this.#answer(call, matched, path);
    const { headers } = answer;
    headers.set("x-request-id", call.requestId);
    headers.set("x-content-type-options", "nosniff");
    if (call.rate !== undefined) addRateHeaders(headers, call.rate);
    this.#report(call, answer, {
      route: matched?.pattern ?? "unmatched",
      milliseconds: clock() - startedAt,
    });
    return isHead ? withoutBody(answer) : answer;
  }

  /** Never rejects. */
  async #answer(call: HttpCall, matched: Matched | undefined, path: string): Promise<HttpAnswer> {
    const { request } = call;
    let origin: string | null = null;
    let answer: HttpAnswer;
    try {
      if (request.headers.has("origin")) origin = await this.#allowedOrigin(request);
      if (origin !== null && isPreflight(request)) return preflightResponse(request, origin);
      if (!this.#publicPaths.has(path)) {
        const admission = this.#admit(call);
        if (admission !== undefined) await admission;
      }
      if (matched === undefined) throw noRoute();
      answer = await matched.handler(call);
    } catch (error) {
      answer = this.#failure(error, call);
    }
    if (origin !== null) addCorsHeaders(answer.headers, origin);
    return answer;
  }

  async #allowedOrigin(request: HttpRequest): Promise<string | null> {
    const { cors, authentication } = this.#options;
    if (!cors.enabled) return null;
    const { required, keys } = authentication;
    return allowedOrigin(request, cors, required || (await keys.configured()));
  }

  /** Who calls and how often; a promise only where a store has to be asked. */
  #admit(call: HttpCall): void | Promise<void> {
    let found: Principal | Promise<Principal>;
    try {
      found = authenticate(call.request, call.context, this.#options.authentication);
    } catch (error) {
      this.#letIn(call, error);
      return;
    }
    if (found instanceof Promise) return this.#admitWhenKnown(call, found);
    call.principal = found;
    this.#letIn(call, undefined);
  }

  async #admitWhenKnown(call: HttpCall, found: Promise<Principal>): Promise<void> {
    let refusal: unknown;
    try {
      call.principal = await found;
    } catch (error) {
      refusal = error;
    }
    this.#letIn(call, refusal);
  }

  /** Throws the refusal, if there is one. A refused caller is counted too, so that keys cannot be guessed fast. */
  #letIn(call: HttpCall, refusal: unknown): void {
    if (refusal !== undefined && !(refusal instanceof SekhaError)) throw refusal;
    const decision = this.#limit(call);
    if (decision !== null) call.rate = decision;
    if (decision?.allowed === false) {
      const seconds = decision.retryAfterSeconds;
      throw new SekhaError("rate_limited", `Rate limit exceeded. Retry after ${seconds} seconds.`, {
        retryAfterSeconds: seconds,
      });
    }
    if (refusal !== undefined) throw refusal;
    checkPercentEncoding(call.request.url);
  }

  #limit({ request, context, principal }: HttpCall): RateDecision | null {
    const { rateLimit, clock } = this.#options;
    if (this.#limiter.unlimited || context.injected) return null;
    const keyless = principal?.keyId === null;
    if (rateLimit.exemptLoopback && keyless && isLoopback(context.peerAddress)) return null;
    const { trustProxy } = rateLimit;
    return this.#limiter.take(
      rateLimitCaller(request, context, { principal, trustProxy }),
      clock(),
    );
  }

  /** Never the path, query or body: they hold what people say. */
  #report(
    { request, requestId, principal }: HttpCall,
    { status, headers }: HttpAnswer,
    { route, milliseconds }: { route: string; milliseconds: number },
  ): void {
    const { metrics, logger } = this.#options;
    const method = knownMethod(request.method);
    metrics.observe({ method, route, status, seconds: milliseconds / 1000 });
    if (status < 400 && logger.isLevelEnabled?.("debug") === false) return;
    const length = headers.get("content-length");
    const fields = {
      requestId,
      method,
      route,
      status,
      ms: Math.round(milliseconds * 10) / 10,
      ...(length === null ? {} : { bytes: Number(length) }),
      caller: principal?.name,
    };
    if (status < 400) logger.debug(fields, "request");
    else logger.info(fields, "request refused");
  }

  #failure(thrown: unknown, call: HttpCall): HttpAnswer {
    const { logger, errorBody } = this.#options;
    const { requestId, request, allow } = call;
    const shown = publicError(callerIsGone(thrown, call) ? goneError() : thrown, requestId);
    if (shown.code === "internal") {
      logger.error({ err: thrown, requestId }, "request failed");
    } else if (shown.cause !== undefined) {
      logger.debug({ requestId, cause: errorMessage(shown.cause) }, shown.message);
    }
    const answer = errorResponse(shown, errorBody(shown, requestId, request));
    if (allow !== undefined) answer.headers.set("Allow", allow);
    return answer;
  }
}

/** As the answer to HEAD is. */
function withoutBody(answer: HttpAnswer): HttpAnswer {
  if (answer instanceof Answer) return answer.withoutBody();
  answer.body?.cancel().catch(() => undefined);
  return new Response(null, answer);
}

function noRoute(): SekhaError {
  return new SekhaError("not_found", "There is no such route. GET /docs lists all of them.");
}

function addRateHeaders(headers: Pick<Headers, "set">, rate: RateDecision): void {
  headers.set("x-ratelimit-limit", String(rate.limit));
  headers.set("x-ratelimit-remaining", String(rate.remaining));
  headers.set("x-ratelimit-reset", String(Math.ceil(rate.resetAt / 1000)));
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

/** Methods are labels of metrics: strange ones must not make new series. */
function knownMethod(method: string): string {
  return METHODS.has(method) ? method : "OTHER";
}

function callerIsGone(error: unknown, { request, context }: HttpCall): boolean {
  const signal = context.signal ?? request.signal;
  if (!signal.aborted || !(error instanceof Error)) return false;
  // Whoever waits no longer than a time of its own (the proxy) leaves with a TimeoutError.
  return error.name === "AbortError" || error.name === "TimeoutError";
}

function goneError(): SekhaError {
  return new SekhaError("invalid_request", "The caller closed the connection before the answer.");
}
