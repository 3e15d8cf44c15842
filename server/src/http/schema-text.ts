import type { JsonSchema } from "./openapi.ts";

/** The last part of a `$ref`. */
export function refName(reference: string): string {
  return reference.split("/").at(-1) ?? reference;
}

/** A type in a few words; names of components begin with `#`. */
export function typeName(schema: JsonSchema): string {
  if (typeof schema.$ref === "string") return `#${refName(schema.$ref)}`;
  const choices = listOf(schema, "anyOf") ?? listOf(schema, "oneOf");
  if (choices) return [...new Set(choices.map(typeName))].join(" or ");
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `"${value}"`).join(" or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const { type } = schema;
  if (Array.isArray(type)) return type.join(" or ");
  if (type === "array") return `list of ${typeName((schema.items ?? {}) as JsonSchema)}`;
  const format = typeof schema.format === "string" ? ` (${schema.format})` : "";
  return `${typeof type === "string" ? type : "any"}${format}${range(schema)}`;
}

function range(schema: JsonSchema): string {
  const { minimum, maximum, maxLength } = schema;
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  return maxLength === undefined ? "" : `, at most ${maxLength} characters`;
}

/** A small value that fits: what is required, and of objects without that the first property. */
export function exampleOf(schema: JsonSchema, components: Record<string, JsonSchema>): unknown {
  if (typeof schema.$ref === "string") {
    return exampleOf(components[refName(schema.$ref)] ?? {}, components);
  }
  if ("example" in schema) return schema.example;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choice = listOf(schema, "anyOf")?.[0];
  if (choice) return exampleOf(choice, components);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") return exampleObject(schema, components);
  if (type === "array") return [exampleOf((schema.items ?? {}) as JsonSchema, components)];
  if (type === "boolean") return true;
  if (type === "number" || type === "integer") return schema.minimum ?? 1;
  if (schema.format === "uuid") return "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";
  return "text";
}

function exampleObject(
  schema: JsonSchema,
  components: Record<string, JsonSchema>,
): Record<string, unknown> {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = (schema.required ?? Object.keys(properties).slice(0, 1)) as string[];
  return Object.fromEntries(
    required.map((name) => [name, exampleOf(properties[name] ?? {}, components)]),
  );
}

function listOf(schema: JsonSchema, key: string): JsonSchema[] | undefined {
  const value = schema[key];
  return Array.isArray(value) ? (value as JsonSchema[]) : undefined;
}
