import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";
import { clientNamed, MCP_CLIENT_NAMES, type McpClientName } from "../mcp-clients.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

function fileOf(name: McpClientName, platform = "linux"): string {
  const env = { APPDATA: join(world.folder, "Roaming") };
  return clientNamed(name).file({ platform, homeDirectory: world.folder, env });
}

const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const command = { command: "/usr/bin/node", args: ["/opt/sekha/bin/sekha.mjs", "mcp"] };

describe.each(MCP_CLIENT_NAMES)("sekha mcp install %s", (name) => {
  beforeEach(() => {
    world.io = { homeDirectory: world.folder, env: { SEKHA_DATA_DIR: "/data" } };
  });
  const { section, namesType } = clientNamed(name);
  const entry = {
    ...(namesType ? { type: "stdio" } : {}),
    ...command,
    env: { SEKHA_DATA_DIR: "/data" },
  };

  test("writes a file that was not there, for its owner alone [req:mcp.install]", async () => {
    expect(await world.run("mcp", "install", name)).toMatchObject({
      code: 0,
      err: expect.any(String),
    });
    expect(json(fileOf(name))).toEqual({ [section]: { sekha: entry } });
    expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600);
  });

  test("keeps what was there, in a copy too, and changes nothing the second time [req:mcp.install]", async () => {
    const others = { other: { command: "x" } };
    const before = { [section]: others, theme: "dark" };
    const file = fileOf(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(before, null, 4));
    expect((await world.run("mcp", "install", name)).out).toContain(file);
    const expected = { ...before, [section]: { ...others, sekha: entry } };
    expect(json(file)).toEqual(expected);
    expect(readFileSync(file, "utf8")).toContain('\n    "');
    const copies = () => readdirSync(dirname(file)).filter((one) => one.includes(".before-sekha-"));
    expect(copies()).toHaveLength(1);
    expect(json(join(dirname(file), copies()[0] ?? ""))).toEqual(before);
    expect((await world.run("mcp", "install", name)).out).toMatch(/has Sekha already/);
    expect(copies()).toHaveLength(1);
  });

  test("--dry-run shows the entry and writes nothing [req:mcp.install]", async () => {
    const { out, code } = await world.run("mcp", "install", name, "--dry-run");
    expect(code).toBe(0);
    expect(out).toContain('"/opt/sekha/bin/sekha.mjs"');
    expect(existsSync(fileOf(name))).toBe(false);
  });
});

test("a file with comments, or of another shape, is left as it is [req:mcp.install]", async () => {
  world.io = { homeDirectory: world.folder };
  const file = fileOf("vscode");
  mkdirSync(dirname(file), { recursive: true });
  for (const text of ['{\n  // mine\n  "servers": {}\n}', "[]", '{"servers": []}']) {
    writeFileSync(file, text);
    const { code, err } = await world.run("mcp", "install", "vscode");
    expect(code).toBe(1);
    expect(err).toMatch(/not plain JSON[\s\S]*sekha mcp config/);
    expect(readFileSync(file, "utf8")).toBe(text);
  }
});

test("an address and a key come into the entry, another one replaces it [req:mcp.install]", async () => {
  world.io = { homeDirectory: world.folder };
  await world.run("mcp", "install", "cursor");
  const { out } = await world.run(
    ...["--api-url", "https://memory.example", "--api-key", "sk-sekha-x"],
    ...["--json", "mcp", "install", "cursor"],
  );
  expect(JSON.parse(out)).toMatchObject({ change: "replace", client: "cursor" });
  expect(json(fileOf("cursor")).mcpServers.sekha.env).toEqual({
    SEKHA_API_URL: "https://memory.example",
    SEKHA_API_KEY: "sk-sekha-x",
  });
});

test("files are where each system has them [req:mcp.install]", () => {
  const at = (name: McpClientName, platform: string) =>
    fileOf(name, platform).slice(world.folder.length + 1);
  expect(at("claude-desktop", "darwin")).toBe(
    "Library/Application Support/Claude/claude_desktop_config.json",
  );
  expect(at("claude-desktop", "win32")).toBe("Roaming/Claude/claude_desktop_config.json");
  expect(at("vscode", "linux")).toBe(".config/Code/User/mcp.json");
  expect(at("claude-code", "linux")).toBe(".claude.json");
  expect(at("cursor", "darwin")).toBe(".cursor/mcp.json");
});

test("a client that is not known is refused with those that are [req:mcp.install]", async () => {
  const { code, err } = await world.run("mcp", "install", "emacs");
  expect(code).toBe(64);
  expect(err).toMatch(/claude-desktop, claude-code, cursor, vscode/);
});

test("the guide's snippets are what sekha mcp config prints [req:mcp.snippets]", async () => {
  world.io = {
    homeDirectory: world.folder,
    env: {},
    command: ["/path/to/node", "/path/to/sekha/server/bin/sekha.mjs"],
  };
  const guide = readFileSync(
    fileURLToPath(new URL("../../../../../docs/guides/mcp.md", import.meta.url)),
    "utf8",
  );
  const snippets = [...guide.matchAll(/```json ([\w-]+)\n([\s\S]*?)```/g)];
  expect(snippets.map(([, name]) => name)).toEqual(["claude-desktop", "claude-code", "vscode"]);
  for (const [, name = "", text = ""] of [...snippets, ["", "cursor", snippets[0]?.[2] ?? ""]]) {
    const { out, code } = await world.run("mcp", "config", name);
    expect(code).toBe(0);
    expect(JSON.parse(out), name).toEqual(JSON.parse(text));
  }
});

test("an entry names the folder and the configuration by absolute paths, wherever the editor starts it [req:mcp.install]", async () => {
  world.write("config.yaml", "log_level: warn\n");
  world.io = { homeDirectory: world.folder, env: { SEKHA_DATA_DIR: "memory" } };
  expect(await world.run("mcp", "install", "cursor")).toMatchObject({ code: 0 });
  expect(json(fileOf("cursor")).mcpServers.sekha.env).toEqual({
    SEKHA_DATA_DIR: join(world.folder, "memory"),
    SEKHA__CONFIG_FILE: join(world.folder, "config.yaml"),
  });
});
