import type { z } from "zod";

/** One route as the server serves it, the SDK calls it and OpenAPI describes it. */
export interface RouteDefinition {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with `{name}` for parameters. */
  path: string;
  /** Other paths that answer the same, for clients of v1. */
  aliases?: readonly string[];
  tag: string;
  summary: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** The body is bytes or text that the handler reads itself; the media types it takes. */
  rawBody?: readonly string[];
  /** Status of success. */
  status: 200 | 201 | 202;
  /** What a 202 answers, for work that may go on after the answer. */
  accepted?: z.ZodType;
  /** Absent: the answer is not JSON, see `produces`. */
  response?: z.ZodType;
  produces?: readonly string[];
  /** Needs no key. */
  public?: true;
}

/** Keeps the literal types of a table of routes. */
export function defineRoutes<const T extends Record<string, RouteDefinition>>(routes: T): T {
  return routes;
}
