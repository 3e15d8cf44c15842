import { z } from "zod";
import { camelKey } from "./camel-case.ts";
import type { Config } from "./config.ts";
import { configSchema } from "./schema.ts";
import { childSchema, keysOf, schemaFacts } from "./schema-walk.ts";
import { hiddenText, soundsSecret, withoutUrlPassword } from "./secrets.ts";

/** The configuration for printing: every secret as `***`, URLs without their passwords. */
export function redactConfig(config: Config): Config {
  return redacted(config, configSchema) as Config;
}

function redacted(value: unknown, schema: z.ZodType | undefined): unknown {
  const facts = schema && schemaFacts(schema);
  if (typeof value === "string") return facts?.secret ? hiddenText : withoutUrlPassword(value);
  if (Array.isArray(value)) {
    return value.map((item) => redacted(item, schema && childSchema(schema, "*")));
  }
  if (typeof value !== "object" || value === null) return value;
  const known = facts?.core instanceof z.ZodObject;
  const entries = Object.entries(value).map(([key, item]) => {
    const child = schema && childSchema(schema, known ? writtenKey(schema, key) : key);
    const free = child === undefined || child.def.type === "unknown";
    const hidden = !known && free && soundsSecret(key) && item !== undefined;
    return [key, hidden ? hiddenText : redacted(item, child)] as const;
  });
  return Object.fromEntries(entries);
}

function writtenKey(schema: z.ZodType, camel: string): string {
  return keysOf(schema).find((key) => camelKey(key) === camel) ?? camel;
}
