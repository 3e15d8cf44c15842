import { z } from "zod";

/** An id of nobody. */
export const UUID = "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b";

/** JSON Schema, as far as samples need it. */
export type Schema = Record<string, unknown>;

/** The JSON Schema of what a route takes, without references. */
export function schemaOf(schema: z.ZodType): Schema {
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

/** What the schema accepts: what is required, or the first property. */
export function sample(schema: Schema): unknown {
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

/** Every field at every depth; an item of a list is "0". */
export function fieldPaths(schema: Schema): string[][] {
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
export function withValue(base: unknown, [head, ...rest]: string[], value: unknown): unknown {
  if (head === undefined) return value;
  if (head === "0") return [withValue(Array.isArray(base) ? base[0] : undefined, rest, value)];
  const object = typeof base === "object" && base !== null ? (base as Schema) : {};
  return { ...object, [head]: withValue(object[head], rest, value) };
}
