import { METHOD_NAME_ALL, type Result } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { getPathNoStrict } from "hono/utils/url";
import type { HttpAnswer } from "./answer.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpRequest } from "./http-request.ts";

export type HttpHandler = (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;

interface Route {
  pattern: string;
  handler: HttpHandler;
}

/** Where a request leads. */
export interface Matched extends Route {
  readonly params: Readonly<Record<string, string>>;
}

const NO_PARAMS = {};

/**
 * Finds the handler of a request by method and path, as Hono does and with its routers. The rest of Hono (a context, a
 * response and a chain of functions for each request) cost more than what a service does around a route.
 */
export class Router {
  /** Of patterns without parameters, by path and then by method; they win over the others. */
  readonly #plain = new Map<string, Map<string, Matched>>();
  readonly #routes = new SmartRouter<Route>({ routers: [new RegExpRouter(), new TrieRouter()] });

  /** The first one that was added and fits is taken. `method` null: any. */
  add(method: string | null, pattern: string, handler: HttpHandler): void {
    if (!/[:*{]/.test(pattern)) this.#addPlain(method ?? METHOD_NAME_ALL, { pattern, handler });
    this.#routes.add(method ?? METHOD_NAME_ALL, pattern, { pattern, handler });
  }

  /** `path` as `pathOf` has it. */
  match(method: string, path: string): Matched | undefined {
    const plain = this.#plain.get(path);
    const known = plain?.get(method) ?? plain?.get(METHOD_NAME_ALL);
    if (known !== undefined) return known;
    const found = this.#routes.match(method, path);
    const [first] = found[0];
    if (first === undefined) return undefined;
    return { ...first[0], params: paramsOf(first[1], found) };
  }

  #addPlain(method: string, route: Route): void {
    const methods = this.#plain.get(route.pattern) ?? new Map<string, Matched>();
    this.#plain.set(route.pattern, methods);
    if (!methods.has(method)) methods.set(method, { ...route, params: NO_PARAMS });
  }
}

/** Decoded, without a slash at its end. */
export function pathOf(request: HttpRequest): string {
  // Of the request it reads the URL alone.
  return getPathNoStrict(request as Request);
}

/** One router gives the values themselves, the other their places in a list. */
function paramsOf(
  named: Record<string, string | number>,
  [, values]: Result<Route>,
): Record<string, string> {
  const params: Record<string, string> = {};
  for (const name in named) {
    const at = named[name];
    const value = typeof at === "number" ? values?.[at] : at;
    if (value !== undefined) params[name] = decoded(value);
  }
  return params;
}

function decoded(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    // A literal % in a path that was decoded already.
    return value;
  }
}
