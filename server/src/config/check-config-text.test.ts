// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references are what is tested.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { checkConfigText } from "./check-config-text.ts";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";
import { configSchema } from "./schema.ts";
import { walkSchema } from "./schema-walk.ts";

describe("checkConfigText", () => {
  test("summarizes what a valid text would start", () => {
    const check = checkConfigText(
      "database_url: postgres://h/d\nrest_api_key: a-long-enough-key-1\nservices: [controller, bridge]",
      {},
    );
    expect(check).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      notes: [],
      summary: {
        mode: "embedded",
        services: ["controller", "bridge"],
        providers: 1,
        models: 1,
        database: "postgresql",
        keys: 1,
      },
    });
  });

  test("answers errors instead of throwing them, with the file's name when given", () => {
    const check = checkConfigText("a: 1", {}, { file: "config.yaml" });
    expect(check.valid).toBe(false);
    expect(check.summary).toBeUndefined();
    expect(check.errors).toMatchObject([{ file: "config.yaml", line: 1, key: "a" }]);
    expect(checkConfigText("a: 1", {}).errors[0]).not.toHaveProperty("file");
  });
});

/** Mappings that often use the real key names, so that values reach every check. */
const keyNames = [...new Set([...walkSchema(configSchema)].flatMap(({ path }) => path))];
const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("ollama", "embedding", "m", "${A}", "${A:-b}", "http://a", "0.0.0.0", "1 MB"),
);
const { value: nearlyConfig } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom(...keyNames, "type", "providers", "database", "__proto__"),
        fc.string(),
      ),
      tie("value"),
      { maxKeys: 6 },
    ),
  ),
}));

function loadsOrExplains(text: string, env: Record<string, string> = {}): boolean {
  try {
    loadConfig({ env, cwd: "/work", homeDirectory: "/home/me", readFile: () => text });
    return true;
  } catch (error) {
    return error instanceof ConfigError && error.problems.length > 0;
  }
}

describe("whatever is written, only ConfigError is thrown", () => {
  test("for text that may not be YAML", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => loadsOrExplains(text)));
  });

  test("for JSON of any shape", () => {
    fc.assert(fc.property(fc.json(), (text) => loadsOrExplains(text)));
  });

  test("for mappings of real keys with any values", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keyNames), nearlyConfig), (value) =>
        loadsOrExplains(stringify(value)),
      ),
      { numRuns: 300 },
    );
  });

  test("for variables of any name and value", () => {
    const name = fc
      .array(fc.constantFrom(...keyNames, "0", "1", "x", ""), { maxLength: 4 })
      .map((parts) => ["SEKHA", ...parts].join("__").toUpperCase());
    const value = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(fc.dictionary(name, value), (env) => loadsOrExplains("", env)),
      { numRuns: 300 },
    );
  });
});
