import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "./__fixtures__/cli-world.ts";
import { OTHER_ID } from "./__fixtures__/fake-memory.ts";
import { createProgram } from "./cli.ts";
import { completionTree } from "./completion-tree.ts";
import { widthOf } from "./terminal-text.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

const unused = new CliWorld();
unused.remove();
const commands = completionTree(createProgram(unused.bare(), () => async () => undefined))
  .map(({ path }) => path.split(" ").slice(1).join(" "))
  .filter((path) => path !== "");

describe("help", () => {
  test.each(commands)(
    "of %s says what it does, with examples and the global options",
    async (name) => {
      const { code, out } = await world.run(...name.split(" "), "--help");
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`Usage: sekha ${name}`));
      expect(out).toContain(`  $ `);
      expect(out).toContain("Examples:");
      expect(out).toContain("--json");
      for (const line of out.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(100);
    },
  );

  test("lists every command and the exit codes [req:cli.exit-codes]", async () => {
    const { out } = await world.run("--help");
    for (const name of commands) expect(out).toContain(name.split(" ")[0]);
    expect(out).toContain("64 wrong usage");
  });

  test("comes on stderr when no command is named", async () => {
    const { code, out, err } = await world.run();
    expect({ code, out }).toEqual({ code: 64, out: "" });
    expect(err).toContain("Usage: sekha");
  });
});

describe("wrong usage", () => {
  test("of a command suggests the nearest", async () => {
    expect(await world.run("serach", "x")).toMatchObject({
      code: 64,
      out: "",
      err: "Error: Unknown command 'serach'.\n  Did you mean search?\n",
    });
  });

  test.each([
    [["list", "--limt", "3"], "Did you mean --limit?"],
    [["list", "--limit", "0"], "Write a whole number from 1 to 1000."],
    [["search"], "Missing required argument 'query'.\n  `sekha search --help` lists"],
    [["--json", "tags", "add"], "`sekha tags add --help` lists"],
    [["search", " "], "The query is empty."],
    [["list", "--since", "soon"], '--since does not understand "soon".'],
    [["search", "x", "--mode", "magic"], "hybrid, semantic, keyword"],
    [["show", "not-an-id!"], "is not the id of a conversation"],
    [["start", "controler"], "Did you mean controller?"],
    [["providers", "lst"], "Did you mean list?"],
    [["providers", "reset"], "Missing required argument 'id'."],
    [["costs", "--by", "month"], "provider, model, key, day"],
  ])("%j exits with 64 and says what to write", async (argv, text) => {
    const { code, err } = await world.run(...argv);
    expect(code).toBe(64);
    expect(err).toContain(text);
    expect(err).not.toContain("    at ");
  });

  test("is JSON for programs", async () => {
    const { code, err } = await world.run("serach", "--json");
    expect(code).toBe(64);
    expect(JSON.parse(err)).toEqual({
      error: "Unknown command 'serach'.",
      fix: "Did you mean search?",
      code: "usage",
    });
  });
});

describe("where the memory is", () => {
  test("the data directory itself, opened and closed, while no server runs", async () => {
    await world.run("stats");
    expect([world.opened, world.closed]).toEqual([1, 1]);
  });

  test("the server that owns the directory, with the key of the configuration", async () => {
    const server = await world.serve();
    world.server = { url: server.url.replace("127.0.0.1", "0.0.0.0"), pid: 7 };
    world.io = { env: { SEKHA_DATA_DIR: world.folder, SEKHA__REST_API_KEY: "k".repeat(32) } };
    const { code } = await world.run("stats");
    expect({ code, opened: world.opened }).toEqual({ code: 0, opened: 0 });
    expect(world.memory.seen[0]?.authorization).toBe(`Bearer ${"k".repeat(32)}`);
    server.close();
  });

  test("--api-url alone when it is given, whatever runs here", async () => {
    world.server = { url: "http://127.0.0.1:9", pid: 7 };
    const { code, err } = await world.run("stats", "--api-url", "http://127.0.0.1:1");
    expect(code).toBe(1);
    expect(err).toContain("http://127.0.0.1:1");
    expect(world.opened).toBe(0);
  });

  test("is closed when a command fails", async () => {
    const { code, err } = await world.run("show", OTHER_ID);
    expect(code).toBe(1);
    expect(err).toBe("Error: No such conversation.\n  `sekha list` shows what there is.\n");
    expect(world.closed).toBe(1);
  });

  test("a configuration with mistakes is shown with all of them", async () => {
    world.write("bad.yaml", "server:\n  prot: 1\nlog_level: loud\n");
    const { code, err } = await world.run("stats", "--config", "bad.yaml");
    expect(code).toBe(1);
    expect(err).toContain("bad.yaml:2");
    expect(err).toContain("log_level");
  });
});
