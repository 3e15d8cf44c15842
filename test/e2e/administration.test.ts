import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { type CommandResult, runSekha, type SekhaOptions } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha } from "../support/temporary-place.ts";

/** Runs a command that must do what it is told. */
async function done(options: SekhaOptions, ...line: string[]): Promise<CommandResult> {
  const result = await runSekha(line, options);
  expect({ line, ...result }).toMatchObject({ code: 0 });
  return result;
}

async function json(options: SekhaOptions, ...line: string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command writes
  return JSON.parse((await done(options, ...line, "--json")).stdout) as any;
}

test("providers and costs are told by a running bridge [req:cli.administration]", async () => {
  const ollama = await startScriptedProvider({ models: ["llama3.1:8b"] });
  onTestFinished(() => ollama.stop());
  const dataDirectory = emptyDataDirectory();
  const file = join(dataDirectory, "..", "config.yaml");
  writeFileSync(
    file,
    `llm_providers:
  - { id: local, provider_type: builtin, models: [{ model_id: all-MiniLM-L6-v2, task: embedding, dimension: 384 }] }
  - { id: ollama, provider_type: ollama, base_url: "${ollama.origin}", models: [{ model_id: llama3.1:8b, task: chat_small }] }
default_models: { embedding: all-MiniLM-L6-v2, chat_small: llama3.1:8b }
`,
  );
  const environment = { SEKHA__CONFIG_FILE: file };
  const { options, bridgeUrl } = await startedSekha({ dataDirectory, environment });
  const bridge = ["--bridge-url", bridgeUrl];
  const list = await done(options, "providers", "list", ...bridge);
  expect(list.stdout).toMatch(/llama3\.1:8b.*chat_small/);
  expect((await done(options, "providers", "health", "--probe", ...bridge)).stdout).toContain(
    "ollama",
  );
  const tried = await done(
    options,
    "providers",
    "test",
    "ollama",
    "--task",
    "chat_small",
    ...bridge,
  );
  expect(tried.stdout).toContain("llama3.1:8b");
  await done(options, "providers", "reset", "ollama", ...bridge);
  const { costs } = await json(options, "costs", "--by", "model", ...bridge);
  expect(costs).toContainEqual(expect.objectContaining({ group: "llama3.1:8b", requests: 1 }));
});

test("keys change, and users go with everything they have [req:cli.administration]", async () => {
  const options = { dataDirectory: emptyDataDirectory() };
  const { key } = await json(options, "keys", "create", "laptop", "--user", "ann");
  const rotated = await json(options, "keys", "rotate", "laptop", "--user", "ann");
  expect(rotated.key).not.toBe(key);
  expect(await json(options, "users", "list")).toContainEqual(
    expect.objectContaining({ name: "ann", keys: 1 }),
  );
  await done(options, "users", "erase", "ann", "--yes");
  expect(JSON.stringify(await json(options, "users", "list"))).not.toContain("ann");
});

test("labels and tags are listed, and a label is given where nobody gave one [req:cli.administration]", async () => {
  const options = { dataDirectory: emptyDataDirectory() };
  const { id } = await json(options, "store", "The boiler was serviced in May", "--tag", "house");
  expect(await json(options, "tags", "list")).toEqual([{ name: "house", count: 1 }]);
  expect(await json(options, "labels", "list")).toHaveLength(1);
  expect((await json(options, "labels", "auto", id)).conversation_id).toBe(id);
  expect((await json(options, "prune", "run", "--dry-run")).suggestions).toEqual([]);
});

test("the configuration is shown, described and made from version 1's [req:cli.administration]", async () => {
  const options = { dataDirectory: emptyDataDirectory() };
  const folder = join(options.dataDirectory, "..");
  expect((await done(options, "config", "show")).stdout).toContain("data_directory");
  expect((await json(options, "config", "schema")).properties).toHaveProperty("llm_providers");
  writeFileSync(join(folder, ".env"), "OLLAMA_URL=http://localhost:11434\n");
  await done(options, "migrate", "config", "--yes");
  expect(readFileSync(join(folder, "config.yaml"), "utf8")).toContain("ollama_migrated");
});

test("MCP is set up in a client's file, and shown for others [req:cli.administration]", async () => {
  const options = { dataDirectory: emptyDataDirectory() };
  const home = join(options.dataDirectory, "..");
  mkdirSync(join(home, ".cursor"), { recursive: true });
  await done(options, "mcp", "install", "cursor");
  const file = join(home, ".cursor", "mcp.json");
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toContain("sekha");
  expect((await done(options, "mcp", "config", "vscode")).stdout).toContain("mcp");
});
