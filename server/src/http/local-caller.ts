import { SekhaError } from "../core/errors.ts";
import type { HttpRequest } from "./http-request.ts";
import type { RequestContext } from "./request-context.ts";

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address is this machine's loopback, also as IPv4 inside IPv6. */
export function isLoopback(address: string | null): boolean {
  if (address === null) return false;
  return address === "::1" || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/i.test(address);
}

export interface LocalCallerOptions {
  /** Host names besides localhost that lead here on purpose, without a port. */
  allowedHosts: string[];
  /** Origins of pages that may call without a key, besides the service's own. */
  allowedOrigins: string[];
  /** The operator opened the service beyond this machine (`auth.bridge: open`): any address, still no foreign web page. */
  anyAddress?: boolean;
}

/**
 * Lets in a caller without a key only from this machine, and never on behalf of a web page:
 * the Host header is checked against DNS rebinding, the Origin against cross-site requests
 * (decisions.md 15).
 */
export function requireLocalCaller(
  request: HttpRequest,
  context: RequestContext,
  options: LocalCallerOptions,
): void {
  requireKnownOrigin(request, options.allowedOrigins);
  if (options.anyAddress) {
    requireNoPublicName(request, options.allowedHosts);
    return;
  }
  if (!isLoopback(context.peerAddress)) {
    throw new SekhaError(
      "unauthorized",
      "Unauthorized: only programs on this machine may call without a key. Make one with `sekha keys create`.",
    );
  }
  requireUnforwarded(request);
  requireKnownHost(request, options.allowedHosts);
}

/** A reverse proxy on this machine makes the whole network look like loopback. */
function requireUnforwarded(request: HttpRequest): void {
  const forwarded = request.headers.get("x-forwarded-for");
  if (forwarded === null) return;
  if (forwarded.split(",").every((address) => isLoopback(address.trim()))) return;
  throw new SekhaError(
    "unauthorized",
    "Unauthorized: the request came through a proxy. Make a key with `sekha keys create` and send it.",
  );
}

function requireKnownHost(request: HttpRequest, allowedHosts: string[]): void {
  const name = hostName(request);
  if (LOCAL_HOSTS.has(name) || isListed(name, allowedHosts)) return;
  throw new SekhaError(
    "forbidden",
    "The Host header names another machine. Call http://localhost, or list the name in server.allowed_hosts (SEKHA__SERVER__ALLOWED_HOSTS), or use a key.",
  );
}

/** Names without a dot (of containers) and addresses cannot be rebound by a stranger's name server. */
function requireNoPublicName(request: HttpRequest, allowedHosts: string[]): void {
  const name = hostName(request);
  if (!name.includes(".") || IPV4.test(name) || isListed(name, allowedHosts)) return;
  throw new SekhaError(
    "forbidden",
    "The Host header names a host that is not listed. Call by address, or list the name in server.allowed_hosts (SEKHA__SERVER__ALLOWED_HOSTS), or use a key.",
  );
}

function hostName(request: HttpRequest): string {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return host.replace(/:\d+$/, "").toLowerCase();
}

function isListed(name: string, allowedHosts: string[]): boolean {
  return allowedHosts.some((allowed) => allowed.toLowerCase() === name);
}

function requireKnownOrigin(request: HttpRequest, allowedOrigins: string[]): void {
  const origin = request.headers.get("origin");
  if (origin === null || allowedOrigins.includes(origin)) return;
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (origin === `http://${host}` || origin === `https://${host}`) return;
  throw new SekhaError(
    "forbidden",
    "Web pages of other origins may not call without a key. Configure a key and cors_origins.",
  );
}
