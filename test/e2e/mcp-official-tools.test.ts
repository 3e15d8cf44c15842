import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { NODE, SEKHA } from "../support/mcp-client.ts";
import { TOOL_NAMES } from "../support/mcp-tour.ts";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import { SekhaProcess } from "../support/sekha-process.ts";
import { where } from "../support/skipping.ts";
import { emptyDataDirectory, startedSekha, temporaryFolder } from "../support/temporary-place.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(
  process.env.SEKHA_MCP_TOOLS ?? join(ROOT, "node_modules/.cache/mcp-tools"),
  "node_modules/@modelcontextprotocol",
);
const CONFORMANCE = join(FOLDER, "conformance/dist/index.js");
const INSPECTOR = join(FOLDER, "inspector/clients/launcher/build/index.js");

const { test, describe } = where(
  existsSync(CONFORMANCE) && existsSync(INSPECTOR),
  "the MCP conformance suite and Inspector",
  "test/support/install-mcp-tools.sh",
);

/** The others name tools, resources and prompts of the suite's own server: docs/decisions/mcp.md. */
const APPLICABLE = [
  "server-initialize",
  "ping",
  "tools-list",
  "resources-list",
  "prompts-list",
  "dns-rebinding-protection",
];

describe("the MCP conformance suite", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekha-conformance-"));
  let sekha: SekhaProcess;
  beforeAll(async () => {
    sekha = await SekhaProcess.start({ dataDirectory: join(folder, "data") });
  });
  afterAll(async () => {
    await sekha?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(APPLICABLE)("%s passes over HTTP [req:mcp.conformance]", async (scenario) => {
    const args = ["server", "--url", `${sekha.url}/mcp`, "--scenario", scenario];
    const { code, output } = await run(CONFORMANCE, args);
    expect(output).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed/);
    expect(code, output).toBe(0);
  });

  test("has no scenario that is neither run nor named with its reason [req:mcp.conformance]", async () => {
    const { output } = await run(CONFORMANCE, ["list", "--server"]);
    const scenarios = [...output.matchAll(/^ {2}- ([\w-]+)/gm)].map(([, name]) => name ?? "");
    expect(scenarios.length).toBeGreaterThan(30);
    const page = readFileSync(join(ROOT, "docs/decisions/mcp.md"), "utf8");
    const named = scenarios.filter((name) => page.includes(`\`${name}\``));
    expect([...named, ...APPLICABLE].sort()).toEqual([...scenarios].sort());
  });
});

interface Place {
  target: string[];
  transport: string[];
}

/** What the Inspector is told for each tool, in an order in which they work; `{id}` is the stored conversation's. */
const CALLS: Record<(typeof TOOL_NAMES)[number], Record<string, string>> = {
  memory_store: {
    label: "Kite",
    messages: '[{"role":"user","content":"The kite is in the attic."}]',
  },
  memory_append: {
    conversation_id: "{id}",
    messages: '[{"role":"assistant","content":"Noted."}]',
  },
  memory_search: { query: "kite", limit: "3" },
  memory_assemble: { query: "where is the kite?" },
  memory_get_context: { conversation_id: "{id}" },
  memory_update: { conversation_id: "{id}", label: "Where the kite is" },
  memory_pin: { conversation_id: "{id}" },
  memory_prune: { threshold_days: "1" },
  memory_export: { conversation_id: "{id}", format: "markdown" },
  memory_stats: {},
  llm_status: {},
  llm_routing: { task: "embedding" },
};

describe("the Inspector's CLI", () => {
  const places: [name: string, place: (sekha: SekhaProcess | null) => Place][] = [
    ["HTTP", (sekha) => ({ target: [`${sekha?.url}/mcp`], transport: ["--transport", "http"] })],
    ["stdio", () => ({ target: [NODE, SEKHA, "mcp"], transport: [] })],
  ];

  test.each(places)(
    "lists and calls every tool over %s [req:mcp.inspector]",
    async (name, placeOf) => {
      const sekha = name === "HTTP" ? await startedSekha() : null;
      const dataDirectory = sekha?.options.dataDirectory ?? emptyDataDirectory();
      const inspect = async (...args: string[]) => {
        const { target, transport } = placeOf(sekha);
        const variables = { ...PROGRAM_ENVIRONMENT, SEKHA_DATA_DIR: dataDirectory };
        const environment = Object.entries(variables).flatMap((pair) => ["-e", pair.join("=")]);
        const words = ["--cli", ...target, ...(sekha === null ? environment : transport), ...args];
        const { code, output } = await run(INSPECTOR, words);
        expect(code, output).toBe(0);
        return JSON.parse(output);
      };
      const { tools } = await inspect("--method", "tools/list", "--strict");
      expect(tools.map((tool: { name: string }) => tool.name)).toEqual(TOOL_NAMES);
      let id = "";
      for (const [tool, given] of Object.entries(CALLS)) {
        const pairs = Object.entries(given).map(
          ([key, value]) => `${key}=${value.replace("{id}", id)}`,
        );
        const args = pairs.length === 0 ? [] : ["--tool-arg", ...pairs];
        const answer = await inspect("--method", "tools/call", "--tool-name", tool, ...args);
        expect(answer.isError ?? false, `${tool}: ${JSON.stringify(answer)}`).toBe(false);
        if (tool === "memory_store") id = answer.structuredContent.conversation_id;
      }
    },
  );
});

async function run(script: string, args: readonly string[]) {
  const cwd = temporaryFolder();
  const child = spawn(NODE, [script, ...args], {
    cwd,
    env: { ...PROGRAM_ENVIRONMENT, HOME: cwd, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, output: output === "" ? errors : output };
}
