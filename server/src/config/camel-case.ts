import { z } from "zod";
import { childSchema, schemaFacts } from "./schema-walk.ts";

type CamelKey<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail>>}`
  : Key;

/** The type with camelCase keys; open mappings, whose keys are data, keep theirs. */
export type Camelized<T> = T extends readonly (infer Item)[]
  ? readonly Camelized<Item>[]
  : T extends object
    ? string extends keyof T
      ? Readonly<T>
      : { readonly [Key in keyof T as CamelKey<Key & string>]: Camelized<T[Key]> }
    : T;

export function camelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Renames the keys that the schema knows, at every depth. */
export function camelCased<T>(value: T, schema: z.ZodType): Camelized<T> {
  return renamed(value, schema) as Camelized<T>;
}

function renamed(value: unknown, schema: z.ZodType | undefined): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, childSchema(schema, "*")));
  if (typeof value !== "object" || value === null) return value;
  if (!(schemaFacts(schema).core instanceof z.ZodObject)) return value;
  const entries = Object.entries(value).map(
    ([key, item]) => [camelKey(key), renamed(item, childSchema(schema, key))] as const,
  );
  return Object.fromEntries(entries);
}
