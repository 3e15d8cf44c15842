import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configDocuments } from "./config-documents.ts";
import { configJsonSchema } from "./json-schema.ts";
import { configSchema } from "./schema.ts";
import { keysOf, schemaFacts, walkSchema } from "./schema-walk.ts";

test.each([...configDocuments()])(
  "%s is what test/support/generate-config-schema.ts writes",
  (path, text) => {
    expect(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")).toBe(text);
  },
);

test("every key says what it means", () => {
  const silent = [...walkSchema(configSchema)].filter(
    ({ schema }) => schemaFacts(schema).description === undefined,
  );
  expect(silent).toEqual([]);
});

test("the JSON Schema knows every key, other spellings and references [req:config.schema]", () => {
  const schema = configJsonSchema();
  expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(Object.keys(schema.properties ?? {})).toEqual(
    expect.arrayContaining(keysOf(configSchema)),
  );
  expect(schema.properties?.providers).toMatchObject({ deprecated: true, type: "array" });
  expect(schema.properties?.database?.properties?.url).toMatchObject({ deprecated: true });
  const provider = schema.properties?.llm_providers?.items;
  expect(provider?.required).toEqual(["id", "models"]);
  expect(provider?.allOf).toEqual([
    { anyOf: [{ required: ["provider_type"] }, { required: ["type"] }] },
  ]);
  expect(schema.properties?.cors_enabled?.anyOf).toHaveLength(2);
});
