import { Answer } from "./answer.ts";
import type { HttpRequest } from "./http-request.ts";

const EXPOSED = [
  "X-Request-Id",
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
  "Retry-After",
  "Idempotent-Replayed",
  "Content-Disposition",
  "X-Sekha-Provider",
  "X-Sekha-Model",
  "X-Sekha-Attempts",
  "X-Sekha-Cost",
  "X-Sekha-Overhead-Ms",
].join(", ");

export interface CorsOptions {
  enabled: boolean;
  /** Origins as browsers send them; `*` for every one. */
  origins: string[];
}

/**
 * The origin to name in Access-Control-Allow-Origin, null for none. Without keys `*` counts
 * for nothing: every page a browser visits could read the memory of this machine.
 */
export function allowedOrigin(
  request: HttpRequest,
  options: CorsOptions,
  keysNeeded: boolean,
): string | null {
  const origin = request.headers.get("origin");
  if (origin === null || !options.enabled) return null;
  if (options.origins.includes(origin)) return origin;
  return keysNeeded && options.origins.includes("*") ? "*" : null;
}

export function isPreflight(request: HttpRequest): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/** The answer to a preflight; browsers send it without a key. */
export function preflightResponse(request: HttpRequest, origin: string): Answer {
  const headers = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers":
      request.headers.get("access-control-request-headers") ?? "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
  };
  const answer = new Answer(null, { status: 204, headers });
  if (request.headers.get("access-control-request-private-network") === "true") {
    answer.headers.set("Access-Control-Allow-Private-Network", "true");
  }
  addCorsHeaders(answer.headers, origin);
  return answer;
}

export function addCorsHeaders(headers: Pick<Headers, "set" | "append">, origin: string): void {
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED);
  headers.append("Vary", "Origin");
}
