/** The part of JSON Schema that samples are made from. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  minItems?: number;
  anyOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  [key: string]: unknown;
}

/** A value that the schema accepts: every property, one item a list. */
export function sampleOf(schema: JsonSchema, root: JsonSchema = schema): unknown {
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.split("/").at(-1) ?? ""];
    return target === undefined ? null : sampleOf(target, root);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return sampleOf(first, root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return sampleOfType(type, schema, root);
}

function sampleOfType(type: string | undefined, schema: JsonSchema, root: JsonSchema): unknown {
  switch (type) {
    case "string":
      return "sample";
    case "integer":
    case "number":
      return schema.minimum ?? 7;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const { items } = schema;
      if (items === undefined) return [];
      return Array.from({ length: schema.minItems ?? 1 }, () => sampleOf(items, root));
    }
    default:
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, one]) => [name, sampleOf(one, root)]),
      );
  }
}
