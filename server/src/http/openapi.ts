import { errorOutput, type RouteDefinition } from "@sekha/sdk/contract";
import { z } from "zod";

export type JsonSchema = { [key: string]: unknown };

export interface OpenApiParameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

interface MediaTypes {
  [type: string]: { schema: JsonSchema };
}

export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  deprecated?: true;
  description: string;
  security: Record<string, string[]>[];
  parameters?: OpenApiParameter[];
  requestBody?: { required: boolean; content: MediaTypes };
  responses: Record<string, { description: string; content?: MediaTypes } | { $ref: string }>;
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  tags: { name: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, { description: string; content: MediaTypes }>;
    securitySchemes: Record<string, JsonSchema>;
  };
}

const ERRORS = {
  BadRequest: [400, "Malformed JSON, path or query."],
  Unauthorized: [401, "No key, or one that is unknown, expired or revoked."],
  Forbidden: [403, "The key lacks the scope that the route needs."],
  NotFound: [404, "No such thing in this memory."],
  PayloadTooLarge: [413, "The body is over the limit."],
  UnsupportedMediaType: [415, "The body is not JSON."],
  ValidationFailed: [422, "A field is missing or wrong; details say which."],
  RateLimited: [429, "Too many requests; Retry-After says when to go on."],
  Internal: [500, "A fault of the server; its log knows the request id."],
} as const;
type ErrorName = keyof typeof ERRORS;

/** Describes a table of routes as OpenAPI 3.1; schemas with an id become components. */
export function openApiDocument(
  routes: Record<string, RouteDefinition>,
  info: OpenApiDocument["info"],
  error: z.ZodType = errorOutput,
): OpenApiDocument {
  const schemas = new Schemas();
  const paths: OpenApiDocument["paths"] = {};
  for (const [name, route] of Object.entries(routes)) {
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      const operation = describeRoute({ name, route, path, schemas });
      const template = path.replaceAll("+}", "}");
      paths[template] = { ...paths[template], [route.method.toLowerCase()]: operation };
    }
  }
  const errors = describeErrors(schemas, error);
  return {
    openapi: "3.1.0",
    info,
    tags: [...new Set(Object.values(routes).map((route) => route.tag))].map((name) => ({ name })),
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      schemas: schemas.components,
      responses: errors,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
  };
}

/** Collects schemas with an id under components, so that each stands in the document once. */
class Schemas {
  readonly components: Record<string, JsonSchema> = {};

  /** The schema as clients write it; parsing may normalise it further. */
  describe(schema: z.ZodType): JsonSchema {
    const {
      $schema: _dialect,
      $defs,
      ...own
    } = z.toJSONSchema(schema, {
      io: "input",
      unrepresentable: "any",
    }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
    for (const [id, definition] of Object.entries($defs ?? {})) {
      this.components[id] = pointToComponents(definition) as JsonSchema;
    }
    return pointToComponents(own) as JsonSchema;
  }
}

function pointToComponents(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(pointToComponents);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string"
        ? value.replace("#/$defs/", "#/components/schemas/")
        : pointToComponents(value),
    ]),
  );
}

interface RouteAtPath {
  name: string;
  route: RouteDefinition;
  path: string;
  schemas: Schemas;
}

function describeRoute({ name, route, path, schemas }: RouteAtPath): OpenApiOperation {
  const isAlias = path !== route.path;
  const parameters = [
    ...parametersOf(route.params, "path", schemas),
    ...parametersOf(route.query, "query", schemas),
  ];
  const requestBody = requestBodyOf(route, schemas);
  return {
    operationId: isAlias ? `${name}_${path.replace(/\W+/g, "_").replace(/^_|_$/g, "")}` : name,
    tags: [route.tag],
    summary: route.summary,
    ...(isAlias ? { deprecated: true as const } : {}),
    description: descriptionOf(route, isAlias),
    security: securityOf(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responsesOf(route, schemas),
  };
}

function descriptionOf({ path, access }: RouteDefinition, isAlias: boolean): string {
  const needs = access === "open" ? "Needs no key." : `Needs the scope \`${access}\`.`;
  return isAlias ? `For clients of v1; same as ${path}. ${needs}` : needs;
}

/** Schemes beside OAuth may name roles since OpenAPI 3.1. */
function securityOf({ access }: RouteDefinition): Record<string, string[]>[] {
  return access === "open" ? [] : [{ bearer: [access] }, { apiKey: [access] }];
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: "path" | "query",
  schemas: Schemas,
): OpenApiParameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.describe(schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(typeof description === "string" ? { description } : {}),
    schema: own,
  }));
}

function requestBodyOf(route: RouteDefinition, schemas: Schemas): OpenApiOperation["requestBody"] {
  if (route.rawBody !== undefined) {
    const schema = route.describedBody ? schemas.describe(route.describedBody) : {};
    const content = Object.fromEntries(route.rawBody.map((type) => [type, { schema }]));
    return { required: true, content };
  }
  if (route.body === undefined) return undefined;
  return {
    required: !route.body.safeParse(undefined).success,
    content: { "application/json": { schema: schemas.describe(route.body) } },
  };
}

function responsesOf(route: RouteDefinition, schemas: Schemas): OpenApiOperation["responses"] {
  const content = {
    ...Object.fromEntries((route.produces ?? []).map((type) => [type, { schema: {} }])),
    ...(route.response && { "application/json": { schema: schemas.describe(route.response) } }),
  };
  const accepted = route.accepted && {
    "202": {
      description: "Goes on in the background.",
      content: { "application/json": { schema: schemas.describe(route.accepted) } },
    },
  };
  const errors = errorNames(route).map((name) => [
    String(ERRORS[name][0]),
    { $ref: `#/components/responses/${name}` },
  ]);
  return {
    [String(route.status)]: { description: route.summary, content },
    ...accepted,
    ...Object.fromEntries(errors),
  };
}

function errorNames(route: RouteDefinition): ErrorName[] {
  const reads = route.body !== undefined || route.query !== undefined;
  return [
    ...(reads || route.params || route.rawBody ? (["BadRequest"] as const) : []),
    ...(route.access === "open" ? [] : (["Unauthorized", "Forbidden"] as const)),
    ...(route.params ? (["NotFound"] as const) : []),
    ...(route.body || route.rawBody ? (["PayloadTooLarge", "UnsupportedMediaType"] as const) : []),
    ...(reads ? (["ValidationFailed"] as const) : []),
    ...(route.access === "open" ? [] : (["RateLimited"] as const)),
    "Internal",
  ];
}

function describeErrors(
  schemas: Schemas,
  error: z.ZodType,
): OpenApiDocument["components"]["responses"] {
  const schema = schemas.describe(error);
  return Object.fromEntries(
    Object.entries(ERRORS).map(([name, [, description]]) => [
      name,
      { description, content: { "application/json": { schema } } },
    ]),
  );
}
