import type { z } from "zod";

/**
 * Which scope a route needs of its caller's key; `open` needs no key, `any` a key of whatever scope. `read` changes nothing and costs nothing, `write`
 * changes the caller's memory or spends money on models, `admin` is about the service and about others.
 */
export type RouteAccess = "open" | "any" | "read" | "write" | "admin";

/** One route as the server serves it, the SDK calls it and OpenAPI describes it. */
export interface RouteDefinition {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with `{name}` for parameters; `{name+}` may hold slashes and stands last. */
  path: string;
  /** Other paths that answer the same, for clients of v1. */
  aliases?: readonly string[];
  tag: string;
  summary: string;
  access: RouteAccess;
  /** A header that makes the request a look without effect or cost: then `read` is needed in place of `access`. */
  dryLook?: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** The body is bytes or text that the handler reads itself; the media types it takes. */
  rawBody?: readonly string[];
  /** What a raw body holds, for OpenAPI: where a full parse would cost more than the handler's own checks. */
  describedBody?: z.ZodType;
  /** Status of success. */
  status: 200 | 201 | 202;
  /** What a 202 answers, for work that may go on after the answer. */
  accepted?: z.ZodType;
  /** Absent: the answer is not JSON, see `produces`; both where it may be either. */
  response?: z.ZodType;
  produces?: readonly string[];
}

/** Keeps the literal types of a table of routes. */
export function defineRoutes<const T extends Record<string, RouteDefinition>>(routes: T): T {
  return routes;
}
