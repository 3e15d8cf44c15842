import { stringify } from "yaml";
import { z } from "zod";
import { camelKey } from "../../config/camel-case.ts";
import type { Config } from "../../config/config.ts";
import { redactConfig } from "../../config/redact-config.ts";
import { configSchema } from "../../config/schema.ts";
import { childSchema, keysOf, schemaFacts } from "../../config/schema-walk.ts";

/** The whole configuration under the key names of the file, without secrets. */
export function writtenConfig(config: Config): Record<string, unknown> {
  const {
    mode: _mode,
    file: _file,
    notes: _notes,
    warnings: _warnings,
    ...settings
  } = redactConfig(config);
  return withWrittenKeys(settings, configSchema) as Record<string, unknown>;
}

export function configYaml(config: Config): string {
  return stringify(writtenConfig(config), { lineWidth: 0 }).trimEnd();
}

/** Keys that the schema knows as it spells them; names that are data stay. */
function withWrittenKeys(value: unknown, schema: z.ZodType | undefined): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withWrittenKeys(item, schema && childSchema(schema, "*")));
  }
  if (typeof value !== "object" || value === null || schema === undefined) return value;
  const isTable = schemaFacts(schema).core instanceof z.ZodObject;
  const entries = Object.entries(value).map(([key, item]) => {
    const name = isTable ? (keysOf(schema).find((known) => camelKey(known) === key) ?? key) : key;
    return [name, withWrittenKeys(item, childSchema(schema, name))] as const;
  });
  return Object.fromEntries(entries);
}
