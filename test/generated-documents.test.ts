import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bridgeOpenApi } from "../server/src/apps/bridge/bridge-openapi.ts";
import { controllerOpenApi } from "../server/src/apps/controller/controller-openapi.ts";
import { proxyOpenApi } from "../server/src/apps/proxy/proxy-openapi.ts";
import { VERSION } from "../server/src/version.ts";
import { cliReference } from "./support/cli-reference.ts";

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

test.each([
  ["controller", controllerOpenApi],
  ["bridge", bridgeOpenApi],
  ["proxy", proxyOpenApi],
] as const)(
  "the OpenAPI file of the %s is what the contract generates (npm run generate) [req:house.generated-files]",
  (name, describe) => {
    const generated: unknown = JSON.parse(JSON.stringify(describe(VERSION)));
    expect(read(`../docs/reference/${name}-openapi.json`)).toEqual(generated);
  },
);

test("the reference of the commands is what they say of themselves [req:cli.reference]", async () => {
  const page = new URL("../docs/reference/command-line.md", import.meta.url);
  expect(readFileSync(page, "utf8")).toBe(await cliReference());
});

test("the version in the code is the one in every package.json", () => {
  for (const path of ["../package.json", "../server/package.json", "../sdk/package.json"]) {
    expect(read(path)).toMatchObject({ version: VERSION });
  }
});
