import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliWorld } from "../__fixtures__/cli-world.ts";

let world: CliWorld;
beforeEach(() => {
  world = new CliWorld();
});
afterEach(() => world.remove());

describe("export, backup and restore", () => {
  test("export writes to stdout, or whole into a file", async () => {
    const { out } = await world.run("export", "--folder", "/home", "--until", "2026-01-31");
    expect(out).toBe('{"type":"conversation"}\n');
    expect(world.memory.asked("/api/v1/export")[0]?.query).toMatchObject({
      ...{ format: "jsonl", folder: "/home", status: "all" },
      until: new Date(2026, 0, 31, 23, 59, 59, 999).toISOString(),
    });
    await world.run("export", "-o", "memory.jsonl");
    expect(readFileSync(join(world.folder, "memory.jsonl"), "utf8")).toBe(out);
    const { code, err } = await world.run("export", "-o", "none/memory.jsonl");
    expect(code).toBe(1);
    expect(err).toContain("cannot be written (ENOENT)");
  });

  test("backup never replaces a file unless told to", async () => {
    expect(await world.run("backup", "b.db")).toMatchObject({ code: 0 });
    world.write("b.db", "precious");
    const { code, err } = await world.run("backup", "b.db");
    expect(code).toBe(1);
    expect(err).toContain(
      "b.db exists already.\n  Choose another name, or replace it with --force.",
    );
    expect(readFileSync(join(world.folder, "b.db"), "utf8")).toBe("precious");
    await world.run("backup", "b.db", "--force");
    expect(readFileSync(join(world.folder, "b.db"), "utf8")).toBe("sqlite");
  });

  test("backup into a folder that does not exist leaves nothing behind", async () => {
    const { code, err } = await world.run("backup", "none/b.db");
    expect(code).toBe(1);
    expect(err).toContain("There is no folder");
    expect(existsSync(join(world.folder, "none"))).toBe(false);
  });

  test("restore asks, and does nothing without a yes", async () => {
    world.write("b.db", "sqlite");
    expect(await world.run("restore", "b.db")).toMatchObject({ code: 64 });
    const stdin = new PassThrough();
    stdin.end("n\n");
    world.io = { isInputTerminal: true, stdin };
    expect(await world.run("restore", "b.db")).toMatchObject({ code: 1 });
    expect(world.restored).toEqual([]);
    const { code, err } = await world.run("restore", "b.db", "--yes");
    expect(code).toBe(0);
    expect(err).toContain("Restored 1 conversation with 2 messages.");
    expect(err).toContain("b.db.before");
  });

  test("restore refuses while a server runs, from afar, and without the file", async () => {
    world.write("b.db", "sqlite");
    expect((await world.run("restore", "gone.db", "-y")).err).toContain("There is no file");
    expect(await world.run("restore", "b.db", "-y", "--api-url", "http://x:1")).toMatchObject({
      code: 64,
    });
    world.server = { url: "http://127.0.0.1:1", pid: 7 };
    expect((await world.run("restore", "b.db", "-y")).err).toContain("(process 7) runs on");
    expect(world.restored).toEqual([]);
  });
});
