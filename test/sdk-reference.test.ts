import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as sdk from "../sdk/src/index.ts";
import { sdkReferencePage } from "./support/sdk-reference.ts";

const PAGE = readFileSync(new URL("../docs/reference/sdk.md", import.meta.url), "utf8");

test("the SDK's reference is what its source says (npm run generate) [req:house.generated-files] [req:sdk.reference]", () => {
  expect(PAGE).toBe(sdkReferencePage());
});

test("everything that the SDK exports at run time has its section [req:sdk.reference]", () => {
  const missing = Object.keys(sdk).filter(
    (name) => name !== "default" && !PAGE.includes(`\n## ${name}\n`),
  );
  expect(missing).toEqual([]);
});
