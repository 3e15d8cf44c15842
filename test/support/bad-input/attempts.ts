import type { RouteDefinition } from "@sekha/sdk/contract";
import { z } from "zod";
import { nested, RAW_BODIES, STRINGS, WRONG_VALUES, yamlBomb } from "./bad-values.ts";
import { fieldPaths, sample, schemaOf, UUID, withValue } from "./route-schema.ts";

/** One bad request. */
export interface Attempt {
  name: string;
  path: string;
  init: RequestInit;
  /** Statuses that are right; anything below 500 when absent. */
  statuses?: number[];
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** Everything that is tried on one route. */
export function attemptsOn(route: RouteDefinition): Attempt[] {
  return [
    ...pathAttempts(route),
    ...queryAttempts(route),
    ...(bodyOf(route) === undefined ? [] : [...bodyAttempts(route), ...fieldAttempts(route)]),
    ...(route.rawBody === undefined || route.describedBody ? [] : rawAttempts(route)),
    {
      name: "a method it does not take",
      ...request({ ...route, method: "PROPFIND" as "GET" }),
      statuses: [405],
    },
  ];
}

/** The schema of a JSON body, whether the route's binding or its handler checks it. */
function bodyOf(route: RouteDefinition): z.ZodType | undefined {
  return route.body ?? route.describedBody;
}

function request(route: RouteDefinition, body?: BodyInit, headers?: HeadersInit) {
  const init: RequestInit = { method: route.method, ...(headers ? { headers } : {}) };
  if (body !== undefined) init.body = body;
  return { path: route.path.replace(/\{id\+?\}/, UUID), init };
}

/** A body that passes, to be spoiled one field at a time. */
function validBody(route: RouteDefinition): string | undefined {
  const schema = bodyOf(route);
  return schema ? JSON.stringify(sample(schemaOf(schema))) : undefined;
}

function pathAttempts(route: RouteDefinition): Attempt[] {
  if (!/\{id\+?\}/.test(route.path)) return [];
  const needsUuid = JSON.stringify(schemaOf(route.params ?? z.unknown())).includes("uuid");
  const ids = [
    "not-a-uuid",
    "%",
    "%ff%fe",
    "%00",
    "..%2f..%2fetc",
    `${UUID}0`,
    "'%20OR%201=1",
    "%F0%9F%92%A9",
  ];
  return ids.map((id) => ({
    name: "a bad id",
    path: route.path.replace(/\{id\+?\}/, id),
    init: { method: route.method, ...bodyInit(route) },
    statuses: needsUuid ? [400, 404] : [400, 404, 200],
  }));
}

function bodyInit(route: RouteDefinition): RequestInit {
  const body = validBody(route);
  return body === undefined ? {} : { body, headers: JSON_TYPE };
}

function queryAttempts(route: RouteDefinition): Attempt[] {
  const { path, init } = {
    path: request(route).path,
    init: { method: route.method, ...bodyInit(route) },
  };
  const names = route.query ? Object.keys(schemaOf(route.query).properties as object) : ["unknown"];
  const values = [
    ...Object.values(STRINGS).filter((value) => value.length < 10_000),
    "-1",
    "1e999",
    "0x10",
    "9".repeat(400),
  ];
  return [
    ...names.flatMap((name) =>
      values.map((value) => ({
        name: `query ${name}`,
        path: `${path}?${name}=${encodeURIComponent(value.toWellFormed())}`,
        init,
      })),
    ),
    ...names.map((name) => ({
      name: "a repeated parameter",
      path: `${path}?${name}=1&${name}=2`,
      init,
    })),
    {
      name: "a broken escape",
      path: `${path}?q=%zz`,
      init,
      ...(route.access === "open" ? {} : { statuses: [400] }),
    },
    {
      name: "invalid UTF-8 in the query",
      path: `${path}?label=%ff`,
      init,
      ...(route.access === "open" ? {} : { statuses: [400] }),
    },
    { name: "prototype parameters", path: `${path}?__proto__=1&constructor=2&toString=3`, init },
  ];
}

function bodyAttempts(route: RouteDefinition): Attempt[] {
  // Where no body is fine too, the route goes on and finds that its id is nobody's.
  const isOptional = route.body?.safeParse(undefined).success === true;
  const missing = isOptional && route.params !== undefined ? [404] : [];
  const raw = Object.entries(RAW_BODIES).map(([name, { body, statuses }]) => ({
    name,
    ...request(route, body, JSON_TYPE),
    statuses: [
      ...statuses,
      ...(name === "null" || name.startsWith("a number") ? [201] : []),
      ...missing,
    ],
  }));
  const valid = validBody(route) ?? "{}";
  const compressed = { ...JSON_TYPE, "Content-Type": "application/x-www-form-urlencoded" };
  return [
    ...raw,
    {
      name: "another content type",
      ...request(route, valid, { "Content-Type": "text/plain" }),
      ...(route.tag === "Ollama" ? {} : { statuses: [415] }),
    },
    {
      name: "a form",
      ...request(route, valid, compressed),
      ...(route.tag === "Ollama" ? {} : { statuses: [415] }),
    },
    { name: "no content type", ...request(route, new TextEncoder().encode(valid)) },
    { name: "a valid body", ...request(route, valid, JSON_TYPE) },
    {
      name: "prototype keys",
      ...request(
        route,
        valid.replace("{", '{"__proto__":{"polluted":true},"constructor":{"prototype":1},'),
        JSON_TYPE,
      ),
    },
    {
      name: "duplicate keys",
      ...request(route, valid.replace("{", '{"query":1,"label":2,"tags":3,'), JSON_TYPE),
    },
    {
      name: "unknown fields",
      ...request(route, valid.replace("{", '{"no_such_field":[{}],"":0,'), JSON_TYPE),
    },
  ];
}

const LONG_FIELDS = /^(?:conversations\.0\.)?(?:messages\.0\.)?(?:content|query|label|metadata)$/;

/** Every field at every depth, with every string and every wrong type. */
function fieldAttempts(route: RouteDefinition): Attempt[] {
  const schema = schemaOf(bodyOf(route) ?? z.unknown());
  const base = sample(schema);
  const paths = fieldPaths(schema);
  return paths.flatMap((path) =>
    Object.entries({ ...STRINGS, ...WRONG_VALUES })
      // A megabyte in every field of every route takes minutes and shows nothing more.
      .filter(([name]) => name !== "a megabyte" || LONG_FIELDS.test(path.join(".")))
      .map(([name, value]) => ({
        name: `${name} in ${path.join(".")}`,
        ...request(route, JSON.stringify(withValue(base, path, value)), JSON_TYPE),
      })),
  );
}

function rawAttempts(route: RouteDefinition): Attempt[] {
  const bodies: [string, BodyInit][] = [
    ["nothing", ""],
    ["bytes", new Uint8Array(4096).map((_zero, index) => (index * 37) % 256)],
    ["a broken ZIP", new Uint8Array([0x50, 0x4b, 3, 4, 9, 9, 9])],
    ["deep JSON", nested(10_000)],
    ["deep YAML", "- ".repeat(5000)],
    ["a YAML bomb", yamlBomb()],
    ["invalid UTF-8", new Uint8Array([0xff, 0xfe, 0xfd])],
    ["a list of nonsense", JSON.stringify(Object.values(WRONG_VALUES))],
    [
      "ChatGPT-like nonsense",
      JSON.stringify([{ mapping: { a: { parent: "a", children: ["a"] } }, current_node: "a" }]),
    ],
    ["Claude-like nonsense", JSON.stringify([{ uuid: 5, chat_messages: [null, { text: [] }] }])],
    ...Object.entries(STRINGS),
  ];
  const form = new FormData();
  form.append("file", new Blob(["x"]), "x.json");
  return [
    ...bodies.map(([name, body]) => ({
      name,
      ...request(route, body, { "Content-Type": "application/octet-stream" }),
    })),
    { name: "a form", ...request(route, form) },
  ];
}

/** Requests to paths that are none of the routes, but for the `known` ones. */
export function strangePaths(known: readonly string[]): Attempt[] {
  const paths = [
    "/",
    "/api",
    "/api/v1/none",
    "//",
    "/api/v1/conversations//",
    "/%",
    "/%ff",
    "/.env",
    `/${"a".repeat(8000)}`,
    "/api/v1/conversations/%2e%2e",
  ].filter((path) => !known.includes(path));
  return paths.flatMap((path) =>
    ["GET", "POST", "DELETE"].map((method) => ({
      name: "a strange path",
      path,
      init: { method },
      statuses: [400, 404, 405],
    })),
  );
}
