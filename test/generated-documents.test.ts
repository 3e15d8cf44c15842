import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { controllerOpenApi } from "../server/src/apps/controller/controller-openapi.ts";
import { VERSION } from "../server/src/version.ts";

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

test("the OpenAPI file in docs/reference is what the contract generates (npm run generate) [req:house.generated-files]", () => {
  const generated: unknown = JSON.parse(JSON.stringify(controllerOpenApi(VERSION)));
  expect(read("../docs/reference/controller-openapi.json")).toEqual(generated);
});

test("the version in the code is the one in every package.json", () => {
  for (const path of ["../package.json", "../server/package.json", "../sdk/package.json"]) {
    expect(read(path)).toMatchObject({ version: VERSION });
  }
});
