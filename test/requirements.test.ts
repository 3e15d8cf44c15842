import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PROVEN_BY_SCRIPT, REQUIREMENTS } from "./requirements.ts";

const REPOSITORY = fileURLToPath(new URL("../", import.meta.url));
const TEST_FILE = /(\.test|\/conformance\/[^/]+|\/conformance|support\/bad-input)\.ts$/;
const CITATION = /\[req:([^\]\s]+)\]/g;

/** Ids that tests cite, with the files that do. */
function citations(): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const folder of ["sdk/src", "server/src", "model", "bench", "test"]) {
    const names = readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((one) => TEST_FILE.test(`/${one}`))) {
      if (name.includes("node_modules") || name === "requirements.test.ts") continue;
      const text = readFileSync(join(REPOSITORY, folder, name), "utf8");
      for (const [, id = ""] of text.matchAll(CITATION)) {
        cited.set(id, [...(cited.get(id) ?? []), `${folder}/${name}`]);
      }
    }
  }
  return cited;
}

test("every requirement is cited by a test", () => {
  const cited = citations();
  expect(REQUIREMENTS.filter(({ id }) => !cited.has(id))).toEqual([]);
});

test("every cited id is a requirement", () => {
  const known = new Set(REQUIREMENTS.map(({ id }) => id));
  expect([...citations()].filter(([id]) => !known.has(id))).toEqual([]);
});

test("ids are unique and every requirement says what and where from", () => {
  const all = [...REQUIREMENTS, ...PROVEN_BY_SCRIPT];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.filter(({ text, source }) => text === "" || source === "")).toEqual([]);
});

test("every script that proves a requirement exists", () => {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const missing = PROVEN_BY_SCRIPT.filter(({ script }) => manifest.scripts[script] === undefined);
  expect(missing).toEqual([]);
});
