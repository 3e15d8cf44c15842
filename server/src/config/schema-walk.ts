import { z } from "zod";

export interface SchemaFacts {
  /** The schema without optional, default and transform around it. */
  core: z.ZodType;
  optional: boolean;
  /** As it would be written in the file. */
  fallback: unknown;
  description: string | undefined;
  secret: boolean;
}

/** Schemas never change, so their facts are found once. */
const knownFacts = new WeakMap<z.ZodType, SchemaFacts>();

/** Looks through the wrappers of a schema. */
export function schemaFacts(schema: z.ZodType): SchemaFacts {
  const known = knownFacts.get(schema);
  if (known !== undefined) return known;
  const facts = findFacts(schema);
  knownFacts.set(schema, facts);
  return facts;
}

function findFacts(schema: z.ZodType): SchemaFacts {
  const facts: SchemaFacts = {
    core: schema,
    optional: false,
    fallback: undefined,
    description: undefined,
    secret: false,
  };
  for (let layer: z.ZodType | undefined = schema; layer !== undefined; layer = innerSchema(layer)) {
    const meta = layer.meta();
    facts.core = layer;
    facts.description ??= meta?.description;
    facts.secret ||= meta?.writeOnly === true;
    facts.optional ||= layer instanceof z.ZodOptional;
    if (layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault) {
      facts.optional = true;
      facts.fallback ??= layer.def.defaultValue;
    }
  }
  return facts;
}

/** The schema of a key of a mapping or an item of a list; nothing when there is no such key. */
export function childSchema(schema: z.ZodType, segment: string): z.ZodType | undefined {
  const { core } = schemaFacts(schema);
  if (core instanceof z.ZodObject) {
    return Object.hasOwn(core.shape, segment) ? (core.shape[segment] as z.ZodType) : undefined;
  }
  if (core instanceof z.ZodRecord) return core.valueType as z.ZodType;
  if (core instanceof z.ZodUnknown) return core;
  if (!/^(\d+|\*)$/.test(segment)) return undefined;
  if (core instanceof z.ZodArray) return core.element as z.ZodType;
  if (core instanceof z.ZodUnion) return unionOption(core, z.ZodArray)?.element as z.ZodType;
  return undefined;
}

/** The schema at a path; `*` stands for any list item. */
export function schemaAt(root: z.ZodType, path: readonly string[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (const segment of path) {
    if (schema === undefined) return undefined;
    schema = childSchema(schema, segment);
  }
  return schema;
}

/** The known keys of a mapping, none for everything else. */
export function keysOf(schema: z.ZodType): string[] {
  const { core } = schemaFacts(schema);
  return core instanceof z.ZodObject ? Object.keys(core.shape) : [];
}

/** Visits every key below a schema, parents before children; `*` stands for a list item. */
export function* walkSchema(
  schema: z.ZodType,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; schema: z.ZodType }> {
  if (path.length > 0) yield { path, schema };
  const { core } = schemaFacts(schema);
  if (core instanceof z.ZodArray) yield* walkItems(core.element as z.ZodType, [...path, "*"]);
  for (const key of keysOf(core)) {
    const child = childSchema(core, key);
    if (child !== undefined) yield* walkSchema(child, [...path, key]);
  }
}

/** What a value with parts of known meaning is here: a mapping, a list, or not one at all. */
export function partsKind(schema: z.ZodType): "map" | "list" | undefined {
  const { core } = schemaFacts(schema);
  if (core instanceof z.ZodObject || core instanceof z.ZodRecord) return "map";
  return core instanceof z.ZodArray ? "list" : undefined;
}

/** Takes a list whose items are plain text. */
export function isTextList(schema: z.ZodType): boolean {
  const { core } = schemaFacts(schema);
  const list = core instanceof z.ZodUnion ? unionOption(core, z.ZodArray) : core;
  if (!(list instanceof z.ZodArray)) return false;
  const item = schemaFacts(list.element as z.ZodType).core;
  return item instanceof z.ZodString || item instanceof z.ZodEnum;
}

function* walkItems(item: z.ZodType, path: readonly string[]) {
  for (const key of keysOf(item)) {
    const child = childSchema(item, key);
    if (child !== undefined) yield* walkSchema(child, [...path, key]);
  }
}

function innerSchema(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return schema.unwrap() as z.ZodType;
  }
  return schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : undefined;
}

function unionOption<Option extends z.ZodType>(
  union: z.ZodUnion,
  kind: abstract new (...args: never[]) => Option,
): Option | undefined {
  return union.options.find((option): option is Option & typeof option => option instanceof kind);
}
