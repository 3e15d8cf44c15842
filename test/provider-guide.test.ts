import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkConfigText } from "../server/src/config/check-config-text.ts";

const GUIDE = readFileSync(new URL("../docs/guides/providers.md", import.meta.url), "utf8");
const EXAMPLES = [...GUIDE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
const ENVIRONMENT = { OPENAI_API_KEY: "test-key", OPENAI_SECOND_KEY: "test-key-2" };

describe("the guide to providers", () => {
  test("has its examples", () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(5);
  });

  test.each(EXAMPLES.map((text, index) => [index + 1, text] as const))(
    "has an example %i that can be used as it is [req:bridge.providers-guide]",
    (_number, text) => {
      const { valid, errors, warnings } = checkConfigText(text, ENVIRONMENT, {});
      expect({ valid, errors, warnings }).toEqual({ valid: true, errors: [], warnings: [] });
    },
  );
});
