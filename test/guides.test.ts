import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkConfigText } from "../server/src/config/check-config-text.ts";

const ENVIRONMENT = Object.fromEntries(
  ["OPENAI_API_KEY", "OPENROUTER_API_KEY"].map((name) => [name, "test-key"]),
);
const KEYS = { REST_API_KEY: "test-key-of-thirty-two-characters" };

function guide(name: string): string {
  return readFileSync(new URL(`../docs/guides/${name}`, import.meta.url), "utf8");
}

describe.each(["migrating-from-v1.md", "configuration-v2.md", "vision-support.md", "proxy.md"])(
  "%s",
  (name) => {
    const text = guide(name);
    const configurations = [...text.matchAll(/```yaml\n(.*?)```/gs)]
      .map(([, yaml = ""]) => yaml)
      // A compose file, not a configuration.
      .filter((yaml) => !yaml.startsWith("services:\n  controller:"));

    test.each(configurations.map((yaml, index) => [index + 1, yaml] as const))(
      "has an example %i that can be used as it is [req:migrate.guides-valid]",
      (_number, yaml) => {
        const { errors, warnings } = checkConfigText(yaml, { ...ENVIRONMENT, ...KEYS });
        expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
      },
    );

    test("links to pages that are there", () => {
      const links = [...text.matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g)]
        .map(([, link = ""]) => link)
        .filter((link) => !link.startsWith("http"));
      expect(links.length).toBeGreaterThan(0);
      const missing = links.filter(
        (link) => !existsSync(new URL(`../docs/guides/${link}`, import.meta.url)),
      );
      expect(missing).toEqual([]);
    });
  },
);
