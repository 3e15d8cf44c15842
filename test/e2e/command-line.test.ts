import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NODE, SEKHA } from "../support/mcp-client.ts";
import { PROGRAM_ENVIRONMENT } from "../support/program-environment.ts";
import { type CommandResult, runSekha, type SekhaOptions } from "../support/sekha-process.ts";
import { emptyDataDirectory, startedSekha } from "../support/temporary-place.ts";

/** Runs a command that must do what it is told. */
async function done(options: SekhaOptions, ...line: string[]): Promise<CommandResult> {
  const result = await runSekha(line, options);
  expect(result).toMatchObject({ code: 0 });
  return result;
}

async function json(options: SekhaOptions, ...line: string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command writes
  return JSON.parse((await done(options, ...line, "--json")).stdout) as any;
}

describe("through a running server", () => {
  test("a conversation is stored, found, changed, put away, taken back and erased [req:cli.writing]", async () => {
    const { options } = await startedSekha();
    const sekha = (...line: string[]) => done(options, ...line);
    const text = "The spare key is under the blue pot";
    const { id } = await json(options, "store", text, "--folder", "/home", "--tag", "keys");
    const short = id.slice(0, 8);

    expect((await sekha("get", short)).stdout).toContain(text);
    expect((await sekha("fts", '"spare key"')).stdout).toContain("under the blue pot");
    expect((await sekha("context", "where is the spare key")).stdout).toContain(`user: ${text}`);
    expect((await sekha("label", short, "Spare keys")).stdout).toContain("Spare keys: labelled");
    await sekha("move", short, "/house/keys");
    await sekha("importance", short, "3");
    await sekha("tags", "add", short, "garden");
    await sekha("tags", "remove", short, "keys");
    expect(await json(options, "get", short)).toMatchObject({
      label: "Spare keys",
      folder: "/house/keys",
      importance_score: 3,
      tags: ["garden"],
    });
    expect(await json(options, "tags")).toEqual([{ name: "garden", count: 1 }]);
    expect(await json(options, "folders")).toEqual([{ name: "/house/keys", count: 1 }]);

    expect(await json(options, "labels")).toEqual([{ name: "Spare keys", count: 1 }]);
    expect((await json(options, "labels", "suggest", short)).conversation_id).toBe(id);
    expect((await sekha("summarize", short)).stdout).toContain("spare key");
    expect((await json(options, "summaries")).summaries).toHaveLength(1);
    expect((await sekha("health")).stdout).toContain("healthy");

    await sekha("pin", short);
    expect((await json(options, "prune", "--days", "0", "--dry-run")).suggestions).toEqual([]);
    await sekha("unpin", short);
    const pruned = await json(options, "prune", "--days", "0", "--yes");
    expect(pruned.archived).toEqual([id]);
    expect((await json(options, "list", "--status", "active")).conversations).toEqual([]);
    expect((await sekha("prune", "undo")).stdout).toContain("1 conversation active again");
    await sekha("archive", short);
    await sekha("unarchive", short);
    expect((await json(options, "list", "--status", "active")).conversations).toHaveLength(1);

    expect(await runSekha(["delete", short], options)).toMatchObject({ code: 64 });
    expect((await sekha("delete", short, "--yes")).stdout).toBe("Erased 1 conversation.\n");
    expect((await json(options, "list", "--status", "all")).conversations).toEqual([]);
  });
});

describe("on the data directory itself", () => {
  test("the same commands work without a server [req:cli.writing]", async () => {
    const options = { dataDirectory: emptyDataDirectory() };
    const { id } = await json(options, "store", "The spare key is under the blue pot");
    const short = id.slice(0, 8);
    expect((await done(options, "fts", "blue pot")).stdout).toContain("under the");
    await done(options, "archive", short);
    expect((await json(options, "get", short)).status).toBe("archived");
    await done(options, "delete", short, "--yes");
    expect((await json(options, "list", "--status", "all")).conversations).toEqual([]);
  });

  test("a mistyped id changes nothing and says what to do", async () => {
    const options = { dataDirectory: emptyDataDirectory() };
    const { id } = await json(options, "store", "one");
    const result = await runSekha(["archive", id.slice(0, 8), "00000000"], options);
    expect(result).toMatchObject({ code: 1 });
    expect(result.stderr).toContain("There is no conversation whose id begins with 00000000.");
    expect((await json(options, "get", id)).status).toBe("active");
  });
});

test("store takes files, pipes and lists of messages, and refuses what is none", async () => {
  const options = { dataDirectory: emptyDataDirectory() };
  const folder = join(options.dataDirectory, "..");
  const messages = [
    { role: "user", content: "one" },
    { role: "assistant", content: "two" },
  ];
  writeFileSync(join(folder, "talk.json"), JSON.stringify({ messages }));
  writeFileSync(join(folder, "list.json"), JSON.stringify(messages));
  writeFileSync(join(folder, "wrong.json"), JSON.stringify({ conversation: [] }));
  writeFileSync(join(folder, "broken.json"), "{");
  for (const file of ["talk.json", "list.json"]) {
    const stored = await json(options, "store", "--file", file, "--label", file);
    expect(stored).toMatchObject({ label: file, message_count: 2 });
  }
  for (const [file, says] of [
    ["wrong.json", 'there is no "messages" in it'],
    ["broken.json", "is not JSON"],
    ["absent.json", "cannot be read"],
  ] as const) {
    const result = await runSekha(["store", "--file", file], options);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining(says)]);
  }
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk behind the output is an error in one line, not a stack [req:cli.exit-codes]",
  async () => {
    const place = { dataDirectory: emptyDataDirectory() };
    const full = openSync("/dev/full", "w");
    const child = spawn(NODE, [SEKHA, "version"], {
      env: { ...PROGRAM_ENVIRONMENT, SEKHA_DATA_DIR: place.dataDirectory },
      stdio: ["ignore", full, "pipe"],
    });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk.toString("utf8");
    });
    const [code] = await once(child, "close");
    closeSync(full);
    expect(code).toBe(1);
    expect(errors).toMatch(/^Error: The output cannot be written: ENOSPC.*\.\n$/);
  },
);
