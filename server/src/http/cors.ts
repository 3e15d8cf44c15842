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
  request: Request,
  options: CorsOptions,
  keysNeeded: boolean,
): string | null {
  const origin = request.headers.get("origin");
  if (origin === null || !options.enabled) return null;
  if (options.origins.includes(origin)) return origin;
  return keysNeeded && options.origins.includes("*") ? "*" : null;
}

export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/** The answer to a preflight; browsers send it without a key. */
export function preflightResponse(request: Request, origin: string): Response {
  const headers = new Headers({
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers":
      request.headers.get("access-control-request-headers") ?? "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
  });
  if (request.headers.get("access-control-request-private-network") === "true") {
    headers.set("Access-Control-Allow-Private-Network", "true");
  }
  addCorsHeaders(headers, origin);
  return new Response(null, { status: 204, headers });
}

export function addCorsHeaders(headers: Headers, origin: string): void {
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED);
  headers.append("Vary", "Origin");
}
