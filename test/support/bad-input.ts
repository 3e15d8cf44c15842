import { CONTROLLER_ROUTES, ERROR_STATUS, type RouteDefinition } from "@sekha/sdk/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

/** A controller to throw things at: in process or behind a socket. */
export interface Target {
  /** Such as `http://127.0.0.1:8080`, without a slash at the end. */
  baseUrl: string;
  /** Adds a key: without one, the attempts that make keys would lock out those after them. */
  fetch(request: Request): Promise<Response>;
  close?(): Promise<void>;
}

/** The service whose routes are tried. */
export interface Service {
  routes: Record<string, RouteDefinition>;
  /** Looks at the body of a failure; no shape is right for every service. */
  expectErrorBody(body: Record<string, unknown>, response: Response, what: string): void;
  /** Paths of `strangePaths` that are routes here. */
  knownPaths: readonly string[];
}

const CONTROLLER: Service = {
  routes: CONTROLLER_ROUTES,
  expectErrorBody: (body, response, what) => {
    expect.soft(body, what).toMatchObject({
      error: expect.stringMatching(/\S/),
      code: response.status,
      type: expect.stringMatching(/^[a-z_]+$/),
      request_id: response.headers.get("x-request-id"),
    });
    expect.soft(Object.keys(ERROR_STATUS), what).toContain(body.type);
  },
  knownPaths: [],
};

interface Attempt {
  name: string;
  path: string;
  init: RequestInit;
  /** Statuses that are right; anything below 500 when absent. */
  statuses?: number[];
}

const UUID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
const JSON_TYPE = { "Content-Type": "application/json" };
const ELEVEN_MEGABYTES = 11 * 1_048_576;

/** Text that some layer below might take for more than text. */
const STRINGS: Record<string, string> = {
  SQL: `'; DROP TABLE conversations; --`,
  "SQL wildcards": `%_\\%' OR 1=1`,
  "full-text syntax": `"unbalanced AND (NEAR/2 * col:x ^ - NOT`,
  "full-text operators alone": "AND OR NOT",
  "control characters": "a\u0000b\u0007c\u001b[31m\r\nd\u0085",
  "an unpaired high surrogate": "a\ud800b",
  "an unpaired low surrogate": "\udfff",
  emoji: "👩‍👩‍👧‍👦🏳️‍🌈🇺🇳",
  "right-to-left": "שלום \u202eعالم\u202c مرحبا",
  "an empty string": "",
  blanks: " \t\u00a0\u3000",
  "a megabyte": "word ".repeat(209_715),
  "a path": "../../../../etc/passwd",
  markup: `<script>alert(1)</script>{{7*7}}\${7*7}`,
  "a number in words": "NaN",
};

const WRONG_VALUES: Record<string, unknown> = {
  null: null,
  "a number": 42,
  "a huge number": Number.MAX_VALUE,
  "a negative number": -1,
  "a fraction": 0.5,
  true: true,
  "a list": [],
  "a list of lists": [[[]]],
  "an object": {},
  "an object for prototypes": JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
};

const RAW_BODIES: Record<string, { body: BodyInit; statuses: number[] }> = {
  "malformed JSON": { body: '{"query": ', statuses: [400] },
  "bare words": { body: "NaN", statuses: [400] },
  infinity: { body: '{"limit": Infinity}', statuses: [400] },
  "a trailing comma": { body: '{"query":"x",}', statuses: [400] },
  "invalid UTF-8": { body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), statuses: [400] },
  "nesting 10,000 deep": { body: nested(10_000), statuses: [400] },
  "nesting in a known field": { body: `{"metadata":${nested(10_000)}}`, statuses: [400] },
  // 404: there is nothing yet that could be undone.
  nothing: { body: "", statuses: [200, 202, 400, 404] },
  "a list": { body: "[]", statuses: [400, 422] },
  null: { body: "null", statuses: [202, 400, 404, 422] },
  "a string": { body: '"text"', statuses: [400, 422] },
  "a number out of range": {
    body: '{"importance_score":1e999,"limit":1e999}',
    statuses: [422, 202, 200, 400, 404],
  },
  "11 MB": { body: `{"query":"${"x".repeat(ELEVEN_MEGABYTES)}"}`, statuses: [413] },
  "11 MB of brackets": { body: "[".repeat(ELEVEN_MEGABYTES), statuses: [413] },
};

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

/**
 * Throws everything at every route of a service, the controller unless told: never a 5xx, never a stack, and from 400
 * on always the error body. The target must not limit its callers, and takes bodies of 10 MB.
 */
export function describeBadInput(
  name: string,
  factory: () => Promise<Target>,
  service: Service = CONTROLLER,
): void {
  describe(name, () => {
    let target: Target;
    beforeAll(async () => {
      target = await factory();
    });
    afterAll(async () => {
      await target.close?.();
    });

    for (const [route, definition] of Object.entries(service.routes)) {
      test(`${route} (${definition.method} ${definition.path}) survives bad input`, async () => {
        for (const attempt of attemptsOn(definition)) await makeAttempt(target, attempt, service);
        expect({}).not.toHaveProperty("polluted");
      });
    }

    test("paths that are none of the routes answer with the error body", async () => {
      const attempts = strangePaths(service.knownPaths);
      for (const attempt of attempts) await makeAttempt(target, attempt, service);
      expect(attempts.length).toBeGreaterThan(0);
    });
  });
}

function attemptsOn(route: RouteDefinition): Attempt[] {
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

async function makeAttempt(target: Target, attempt: Attempt, service: Service): Promise<void> {
  const response = await target.fetch(
    new Request(`${target.baseUrl}${attempt.path}`, attempt.init),
  );
  const text = await response.text();
  const what = `${attempt.init.method} ${attempt.path.slice(0, 200)} with ${attempt.name}`;
  expect.soft(response.status, `${what}: ${text.slice(0, 300)}`).toBeLessThan(500);
  if (attempt.statuses)
    expect.soft(attempt.statuses, `${what}: ${text.slice(0, 300)}`).toContain(response.status);
  if (response.status >= 400) expectFailure(text, response, { what, service });
}

function expectFailure(
  text: string,
  response: Response,
  { what, service }: { what: string; service: Service },
): void {
  expect.soft(text, what).not.toMatch(/\n\s+at |\\n\s+at |node:internal|\.ts:\d+/);
  expect.soft(response.headers.get("content-type"), what).toContain("application/json");
  service.expectErrorBody(JSON.parse(text), response, what);
  expect.soft(text.length, what).toBeLessThan(20_000);
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

function yamlBomb(): string {
  const levels = Array.from({ length: 9 }, (_none, level) => {
    const reference = level === 0 ? "lol" : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(9).fill(reference).join(",")}]`;
  });
  return levels.join("\n");
}

function strangePaths(known: readonly string[]): Attempt[] {
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

type Schema = Record<string, unknown>;

/** The JSON Schema of what a route takes, without references. */
function schemaOf(schema: z.ZodType): Schema {
  const described = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  const definitions = (described.$defs ?? {}) as Record<string, Schema>;
  const resolve = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== "object" || node === null) return node;
    const reference = (node as Schema).$ref;
    if (typeof reference === "string")
      return resolve(definitions[reference.replace("#/$defs/", "")]);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value)]));
  };
  return resolve({ ...described, $defs: undefined }) as Schema;
}

function sample(schema: Schema): unknown {
  if ("example" in schema) return schema.example;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choice = (schema.anyOf as Schema[] | undefined)?.[0];
  if (choice) return sample(choice);
  switch ([schema.type].flat()[0]) {
    case "object":
      return sampleObject(schema);
    case "array":
      return [sample((schema.items ?? {}) as Schema)];
    case "boolean":
      return true;
    case "number":
    case "integer":
      return schema.minimum ?? 1;
    default:
      return schema.format === "uuid" ? UUID : "text";
  }
}

function sampleObject(schema: Schema): Schema {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = (schema.required ?? Object.keys(properties).slice(0, 1)) as string[];
  return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
}

function fieldPaths(schema: Schema): string[][] {
  const branches = (schema.anyOf as Schema[] | undefined) ?? [schema];
  return branches.flatMap((branch) => {
    const properties = Object.entries((branch.properties ?? {}) as Record<string, Schema>);
    const own = properties.flatMap(([name, property]) => [
      [name],
      ...fieldPaths(property).map((rest) => [name, ...rest]),
    ]);
    const items = branch.items as Schema | undefined;
    return [...own, ...(items ? [["0"], ...fieldPaths(items).map((rest) => ["0", ...rest])] : [])];
  });
}

/** A copy with one value set; what is missing on the way is made. */
function withValue(base: unknown, [head, ...rest]: string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (head === "0") return [withValue(Array.isArray(base) ? base[0] : undefined, rest, value)];
  const object = typeof base === "object" && base !== null ? (base as Schema) : {};
  return { ...object, [head]: withValue(object[head], rest, value) };
}
