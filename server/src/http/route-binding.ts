import type { KeyScope, RouteDefinition } from "@sekha/sdk/contract";
import type { z } from "zod";
import { SekhaError } from "../core/errors.ts";
import { Answer, type HttpAnswer, isAnswer } from "./answer.ts";
import { checkAnnouncedLength } from "./body-bytes.ts";
import type { HttpApp } from "./http-app.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpRequest } from "./http-request.ts";
import { readJson } from "./json-body.ts";
import { jsonResponse } from "./json-response.ts";
import { isLoopback } from "./local-caller.ts";
import type { RequestContext } from "./request-context.ts";
import { neededAccess, requireAccess } from "./route-access.ts";
import { parse } from "./validation.ts";

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler is given: everything parsed as the route says. */
export interface RouteInput<T extends RouteDefinition> {
  params: Parsed<T["params"]>;
  query: Parsed<T["query"]>;
  body: Parsed<T["body"]>;
}

/** The call around the input. */
export interface RouteCall {
  owner: string;
  /** The key the call was made with, for budgets; null without one. */
  keyId: string | null;
  /** What the caller may do; the route's own access was checked already. */
  scopes: readonly KeyScope[];
  /** Whether the caller is a program on this machine. */
  localCaller: boolean;
  requestId: string;
  /** For headers, and for the body of a route with `rawBody`. */
  request: HttpRequest;
  /** Aborts when the caller is gone. */
  signal: AbortSignal;
}

/** Answers with the response of the contract, or with an answer when that is not plain JSON. */
export type RouteHandler<T extends RouteDefinition> = (
  input: RouteInput<T>,
  call: RouteCall,
) => Promise<Parsed<T["response"]> | HttpAnswer> | HttpAnswer;

/** A handler for every route of a table; a missing one does not compile. */
export type RouteHandlers<T extends Record<string, RouteDefinition>> = {
  [Name in keyof T]: RouteHandler<T[Name]>;
};

export interface BindingOptions {
  /** Bytes a JSON body may have. */
  bodyLimit: number;
}

interface BoundRoute {
  path: string;
  definition: RouteDefinition;
  handler: RouteHandler<RouteDefinition>;
}

/** Serves a table: parses what comes in, calls the handler, writes what it answers. */
export function bindRoutes<const T extends Record<string, RouteDefinition>>(
  app: HttpApp,
  routes: T,
  options: BindingOptions & { handlers: RouteHandlers<T> },
): void {
  for (const [path, bound] of groupByPath(routes, options.handlers)) {
    const pattern = path.replace(/\{(\w+)\}/g, ":$1").replace(/\{(\w+)\+\}/g, ":$1{.+}");
    for (const route of bound) {
      app.on(route.definition.method, pattern, (call) => serve(route, call, options));
    }
    app.all(pattern, (call) => refuseMethod(call, allowedMethods(bound)));
  }
}

/** Paths without parameters come first: `/count` is no id. */
function groupByPath<T extends Record<string, RouteDefinition>>(
  routes: T,
  handlers: RouteHandlers<T>,
): [string, BoundRoute[]][] {
  const byPath = new Map<string, BoundRoute[]>();
  for (const [name, definition] of Object.entries(routes)) {
    // The table's type ties name, definition and handler together; here they are one of many.
    const handler = handlers[name] as RouteHandler<RouteDefinition>;
    for (const path of [definition.path, ...(definition.aliases ?? [])]) {
      const bound = byPath.get(path) ?? [];
      byPath.set(path, [...bound, { path, definition, handler }]);
    }
  }
  return [...byPath].sort(([a], [b]) => Number(a.includes("{")) - Number(b.includes("{")));
}

async function serve(
  { definition, handler }: BoundRoute,
  call: HttpCall,
  options: BindingOptions,
): Promise<HttpAnswer> {
  const { request } = call;
  requireAccess(call.principal, neededAccess(definition, request));
  if (definition.rawBody === undefined) checkAnnouncedLength(request, options.bodyLimit);
  const input = {
    params: definition.params
      ? parse(definition.params, call.params, "invalid_request")
      : undefined,
    query: definition.query ? parse(definition.query, queryOf(request)) : undefined,
    body: definition.body ? await bodyOf(definition.body, request, options) : undefined,
  };
  const answer = await handler(input as RouteInput<RouteDefinition>, callOf(call));
  return isAnswer(answer) ? answer : jsonResponse(answer, { status: definition.status });
}

/** A parameter given more than once becomes a list. */
function queryOf(request: HttpRequest): Record<string, string | string[]> {
  const parameters = new URL(request.url).searchParams;
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

async function bodyOf(
  schema: z.ZodType,
  request: HttpRequest,
  options: BindingOptions,
): Promise<unknown> {
  const value = await readJson(request, options.bodyLimit);
  if (value === undefined && !schema.safeParse(undefined).success) {
    throw new SekhaError("invalid_json", "The body is empty. Send a JSON object.");
  }
  return parse(schema, value);
}

/** The call that a request is, once it was let in. */
export function callOf({ request, context, requestId, principal }: HttpCall): RouteCall {
  return {
    // An open route has no caller, and no business with anyone's memory.
    owner: principal?.owner ?? "",
    keyId: principal?.keyId ?? null,
    scopes: principal?.scopes ?? [],
    localCaller: isLocal(context),
    requestId,
    request,
    signal: context.signal ?? request.signal,
  };
}

/** Forwarded calls come from elsewhere, whatever the socket says. */
function isLocal({ peerAddress, injected }: RequestContext): boolean {
  return isLoopback(peerAddress) || (injected && peerAddress === null);
}

function allowedMethods(bound: BoundRoute[]): string {
  const methods = bound.map((route) => route.definition.method);
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
}

function refuseMethod(call: HttpCall, allowed: string): HttpAnswer {
  if (call.request.method === "OPTIONS") {
    return new Answer(null, { status: 204, headers: { Allow: allowed } });
  }
  call.allow = allowed;
  throw new SekhaError("method_not_allowed", `This route takes ${allowed}.`);
}

/** Paths of the open routes, aliases included. */
export function publicPathsOf(routes: Record<string, RouteDefinition>): string[] {
  return Object.values(routes)
    .filter((route) => route.access === "open")
    .flatMap((route) => [route.path, ...(route.aliases ?? [])]);
}
