import { z } from "zod";
import { type Alias, aliasesFor } from "./aliases.ts";
import { configSchema } from "./schema.ts";
import { schemaAt } from "./schema-walk.ts";
import { formatPath } from "./source-node.ts";

/** A JSON Schema object; only the keywords this file touches are named. */
export interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
}

const referencePattern = "\\$\\{[A-Za-z_]\\w*(:-[^}]*)?\\}";

/**
 * JSON Schema (draft 2020-12) of the configuration file, for editors. Other spellings are in it as
 * deprecated keys, and `${NAME}` is allowed where a number, a boolean or a choice is wanted.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema;
  for (const alias of aliasesFor("server")) addAlias(schema, alias);
  allowReferences(schema);
  return {
    ...schema,
    title: "Sekha configuration",
    description: `config.yaml of Sekha 2. Every text may hold \${NAME} or \${NAME:-default}.`,
  };
}

function addAlias(root: JsonSchema, { from, to }: Alias): void {
  const name = from.at(-1) ?? "";
  const parent = tableAt(root, from.slice(0, -1));
  if (parent === undefined) return;
  const meaning =
    to === undefined ? "Has no use any more." : `Another spelling of ${formatPath(to)}.`;
  const target = to === undefined ? {} : (propertyAt(root, to) ?? {});
  const { default: _default, ...rest } = target;
  parent.properties ??= {};
  parent.properties[name] = { ...rest, description: meaning, deprecated: true };
  const canonical = to?.at(-1) ?? "";
  if (parent.required?.includes(canonical)) {
    parent.required = parent.required.filter((key) => key !== canonical);
    const either = [canonical, name].map((key) => ({ required: [key] }));
    parent.allOf = [...((parent.allOf as unknown[]) ?? []), { anyOf: either }];
  }
}

/** The mapping at a path; a table that only holds other spellings is made. */
function tableAt(root: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let schema: JsonSchema = root;
  for (const segment of path) {
    if (segment === "*") {
      if (schema.items === undefined) return undefined;
      schema = schema.items;
      continue;
    }
    schema.properties ??= {};
    schema.properties[segment] ??= {
      type: "object",
      additionalProperties: false,
      deprecated: true,
    };
    schema = schema.properties[segment];
  }
  return schemaAt(configSchema, path)?.def.type === "record" ? undefined : schema;
}

function propertyAt(root: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let schema: JsonSchema | undefined = root;
  for (const segment of path) {
    schema = segment === "*" ? schema?.items : schema?.properties?.[segment];
  }
  return schema;
}

function allowReferences(schema: JsonSchema): void {
  for (const child of Object.values(schema.properties ?? {})) allowReferences(child);
  if (schema.items !== undefined) allowReferences(schema.items);
  const type = schema.type;
  const choice = schema.enum !== undefined;
  if (type !== "integer" && type !== "number" && type !== "boolean" && !choice) return;
  const { description, default: fallback, deprecated, ...constraint } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(deprecated === undefined ? {} : { deprecated }),
    anyOf: [constraint, { type: "string", pattern: referencePattern }],
  });
}
