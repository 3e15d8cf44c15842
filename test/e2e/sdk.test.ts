import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium, postedByPage } from "../support/browser-page.ts";
import { NODE } from "../support/mcp-client.ts";
import { consumerProject } from "../support/packed-sdk.ts";
import { SUITE, type SuiteResult } from "../support/sdk-consumers/suite.ts";
import { type SdkWorld, startSdkWorld } from "../support/sdk-world.ts";
import { where } from "../support/skipping.ts";

const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const CORE_LIMIT_BYTES = 10_000;
const browser = chromium();
let world: SdkWorld;
let project: string;

beforeAll(async () => {
  world = await startSdkWorld();
  project = consumerProject(world.folder);
}, 180_000);
afterAll(() => world?.stop());

describe("the packed SDK against a real server", () => {
  test.each([
    ["ES modules", "node-modules.mjs"],
    ["CommonJS", "node-commonjs.cjs"],
  ])("passes the suite in Node with %s [req:sdk.everywhere]", async (_name, program) => {
    const output = await runProgram(program, world.place(program.replace(/\..*/, "")));
    expectAllPassed(JSON.parse(output));
  });

  where(browser !== null, "Chromium", "apt-get install chromium").test(
    "passes the suite in Chromium, across origins, with a key [req:sdk.everywhere] [req:sdk.browser-key]",
    async () => {
      const files = {
        "/": {
          type: "text/html",
          body: '<!doctype html><script type="module" src="/suite.js"></script>',
        },
        "/suite.js": { type: "text/javascript", body: await bundle("./browser.ts") },
        "/place": { type: "application/json", body: JSON.stringify(world.place("browser")) },
      };
      expectAllPassed(
        JSON.parse(await postedByPage(browser ?? "", { files, folder: world.folder })),
      );
    },
  );

  test("does what the VS Code and Obsidian extensions ask of it [req:sdk.editors]", async () => {
    const { controllerURL, bridgeURL, apiKey, models } = world.place("editors");
    const model = models.whole;
    const output = await runProgram("run-editors.mjs", {
      baseURL: controllerURL,
      bridgeURL,
      apiKey,
      model,
    });
    expect(JSON.parse(output)).toEqual({
      total: 1,
      listed: "Ferns",
      hit: "Fern spores ripen in late summer.",
      scored: true,
      context: true,
      statuses: ["pinned", "active"],
      conversation: {
        label: "Fern spores",
        folder: "/vscode/garden",
        status: "active",
        tags: ["summer"],
        content: "Fern spores ripen in late summer.",
        dated: true,
      },
      counts: true,
      suggestions: true,
      completion: true,
      summary: true,
      dimension: true,
      score: true,
      items: true,
      searched: expect.arrayContaining(["Fern spores"]),
      notes: ["# Fern spores\nFern spores ripen in late summer."],
    });
  });
});

describe("the packed SDK's types", () => {
  test.each([
    ["NodeNext", ["types.ts", "types-commonjs.cts", "editors.ts", "suite.ts"]],
    ["Bundler", ["types.ts", "editors.ts", "suite.ts", "browser.ts"]],
  ])("compile for consumers with strict, by %s [req:sdk.types]", async (resolution, files) => {
    const compilerOptions = {
      ...{ strict: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
      ...{
        target: "ES2024",
        lib: ["ES2024", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        types: [],
      },
      ...{ noEmit: true, allowImportingTsExtensions: true },
      module: resolution === "Bundler" ? "ESNext" : "NodeNext",
      moduleResolution: resolution,
    };
    const config = join(project, `tsconfig.${resolution}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions, files }));
    const child = spawn(NODE, [TSC, "-p", config], { cwd: project });
    expect(await text(child.stdout)).toBe("");
  });
});

describe("a bundle of the packed SDK", () => {
  test("with the client in it is at most 10 kB gzipped, without zod [req:sdk.size]", async () => {
    const code = await bundleOf('export { SekhaClient } from "@sekha/sdk";');
    expect(code).not.toMatch(/ZodType|from ?"zod/);
    expect(gzipSync(code).length).toBeLessThanOrEqual(CORE_LIMIT_BYTES);
  });

  test("of one function has nothing else in it [req:sdk.size]", async () => {
    const code = await bundleOf('export { extractText } from "@sekha/sdk";');
    expect(code).not.toContain("/api/v1/");
  });
});

function expectAllPassed(results: SuiteResult[]): void {
  expect(results.filter(({ error }) => error !== null)).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(Object.keys(SUITE));
}

/** What a program of the consumer's project writes, given an argument. */
async function runProgram(program: string, argument: unknown): Promise<string> {
  const child = spawn(NODE, [join(project, program), JSON.stringify(argument)], { cwd: project });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(stderr).toBe("");
  return stdout;
}

/** A module as a bundler would make it for browsers, in one minified piece. */
async function bundle(input: string, plugins: { name: string }[] = []): Promise<string> {
  const made = await rolldown({ input, cwd: project, platform: "browser", plugins });
  const { output } = await made.generate({ format: "esm", minify: true });
  await made.close();
  return output[0].code;
}

function bundleOf(code: string): Promise<string> {
  const plugin = {
    name: "entry",
    resolveId: (id: string) => (id === "entry" ? join(project, "entry.ts") : null),
    load: (id: string) => (id.endsWith("entry.ts") ? code : null),
  };
  return bundle("entry", [plugin]);
}
