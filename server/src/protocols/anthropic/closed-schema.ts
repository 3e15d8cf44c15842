import { asRecord, type JsonRecord } from "../loose-json.ts";

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = ["items", "not"];
const MANY = ["anyOf", "oneOf", "allOf", "prefixItems"];
const NAMED = ["properties", "$defs", "definitions"];

/**
 * The schema with `additionalProperties: false` in every object that does not say: Anthropic's structured outputs refuse
 * a schema without it.
 */
export function closedSchema(schema: JsonRecord): JsonRecord {
  const closed: JsonRecord = { ...schema };
  for (const [key, value] of Object.entries(schema)) {
    if (ONE.includes(key)) closed[key] = closedValue(value);
    else if (MANY.includes(key) && Array.isArray(value)) closed[key] = value.map(closedValue);
    else if (NAMED.includes(key)) closed[key] = closedNames(value);
  }
  const isObject = closed.type === "object" || asRecord(closed.properties) !== undefined;
  if (isObject && closed.additionalProperties === undefined) closed.additionalProperties = false;
  return closed;
}

function closedValue(value: unknown): unknown {
  const schema = asRecord(value);
  return schema === undefined ? value : closedSchema(schema);
}

function closedNames(value: unknown): unknown {
  const schemas = asRecord(value);
  if (schemas === undefined) return value;
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, closedValue(schema)]),
  );
}
