import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

describe("import", () => {
  const refused = [{ location: "conversation 2", title: "Odd", reason: "has no messages" }];
  const partly = {
    ...{ created: 3, extended: 1, unchanged: 2, messages: 40, refused },
    refused_total: 1,
  };

  test("tells what was imported, extended, already there and refused, and exits with 2", async () => {
    world.write("a.json", "[]");
    world.memory.importReport = () => partly;
    const { code, out, err } = await world.run("import", "a.json", "--folder", "/chats");
    expect(code).toBe(2);
    expect(out.split("\n").map((line) => line.replace(/ {2,}/, ": "))).toEqual([
      "Imported: 3 conversations",
      "Extended: 1 conversation",
      "Already there: 2 conversations",
      "Refused: 1 conversation",
      "Messages stored: 40 messages",
      "",
    ]);
    expect(err).toContain("Warning: Refused Odd (conversation 2): has no messages");
    expect(world.memory.asked("/api/v1/import")[0]).toMatchObject({
      body: "[]",
      query: { filename: "a.json", folder: "/chats", wait: "true" },
    });
  });

  test("of a folder goes on after a file that fails", async () => {
    mkdirSync(join(world.folder, "n"));
    world.write("n/a.json", "?");
    world.write("n/b.md", "# b");
    const good = { ...partly, refused: [], refused_total: 0 };
    world.memory.importReport = (name) => (name === "n/a.json" ? new Error("Not JSON.") : good);
    const { code, out } = await world.run("import", "n", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      created: 3,
      files: [{ file: "n/a.json", error: "Not JSON." }, { file: "n/b.md" }],
    });
  });

  test("that brings nothing exits with 1, one that is fine with 0", async () => {
    world.write("a.json", "?");
    world.memory.importReport = () => new Error("Not JSON.");
    expect(await world.run("import", "a.json")).toMatchObject({ code: 1 });
    world.memory.importReport = () => ({ ...partly, refused: [], refused_total: 0 });
    expect(await world.run("import", "a.json")).toMatchObject({ code: 0 });
    expect(await world.run("import", "gone.json")).toMatchObject({ code: 1 });
  });

  test("of a large file follows the job with a bar on a terminal [req:import.progress-bar]", async () => {
    world.write("big.json", "x".repeat(1_200_000));
    world.io = { isErrorTerminal: true };
    world.memory.jobStates = [
      { detail: { conversations: 7, messages: 99 } },
      { detail: { conversations: 8, messages: 123 } },
    ];
    const { code, err } = await world.run("import", "big.json");
    expect(code).toBe(0);
    expect(err).toMatch(/Reading big\.json {2}[█░]+ {2}\d+ %/);
    expect(err).toMatch(/Importing big\.json {2}[█░]+ {2}50 %.*7 conversations/);
    expect(world.memory.asked("/api/v1/import")[0]?.query).toMatchObject({ wait: "false" });
  });

  test("reports a job that failed with its reason", async () => {
    world.write("big.json", "x".repeat(1_200_000));
    world.memory.jobStates = [{ state: "failed", error: "The disk is full." }];
    const { code, err } = await world.run("import", "big.json");
    expect(code).toBe(1);
    expect(err).toContain("big.json: The disk is full.");
  });

  test("says how many messages wait for their embedding, and --wait finishes it", async () => {
    world.write("a.json", "[]");
    world.memory.pending = [5];
    const { err } = await world.run("import", "a.json");
    expect(err).toContain("5 messages still wait to be found by meaning");
    expect(err).toContain("--wait");
    world.memory.pending = [5, 5, 3, 0];
    world.io = { isErrorTerminal: true };
    const waited = await world.run("import", "a.json", "--wait");
    expect(waited.err).toMatch(/Embedding {2}[█░]+ {2}40 %/);
    expect(waited.err).toContain("Every message can be found by meaning now.");
  });

  test("offers to finish embedding to a person", async () => {
    world.write("a.json", "[]");
    world.memory.pending = [5, 5, 0];
    const stdin = new PassThrough();
    stdin.end("\n");
    world.io = { isInputTerminal: true, stdin };
    const { err } = await world.run("import", "a.json");
    expect(err).toContain("Finish that now? [Y/n]");
    expect(err).toContain("Every message can be found by meaning now.");
  });

  test("that is interrupted says how to go on, and closes the memory", async () => {
    world.write("big.json", "x".repeat(1_200_000));
    world.memory.jobStates = Array.from({ length: 1000 }, () => ({ state: "running" }));
    const sleep = async (_milliseconds: number, signal?: AbortSignal) => {
      world.stop();
      signal?.throwIfAborted();
    };
    world.io = { sleep };
    const { code, err } = await world.run("import", "big.json");
    expect(code).toBe(130);
    expect(err).toContain("Run the same command again to go on: nothing is stored twice.");
    expect(world.closed).toBe(1);
  });

  test("a second Ctrl-C ends the process", async () => {
    world.write("big.json", "x".repeat(1_200_000));
    const exits: number[] = [];
    world.io = {
      exit: (code) => void exits.push(code),
      sleep: async (_milliseconds, signal) => {
        world.stop();
        world.stop();
        signal?.throwIfAborted();
      },
    };
    world.memory.jobStates = [{ state: "running" }, { state: "running" }];
    await world.run("import", "big.json");
    expect(exits).toEqual([130]);
  });
});
