import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createFolders,
  dataDirectoryAt,
  directoryOwner,
  listeningOwner,
  lockDirectory,
} from "./data-directory.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sekha-data-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("the places", () => {
  test.each([
    [undefined, "/data/sekha-v2.db"],
    ["", "/data/sekha-v2.db"],
    ["sqlite://", "/data/sekha-v2.db"],
    ["sqlite://own.db", "/data/own.db"],
    ["sqlite://rows/own.db", "/data/rows/own.db"],
    ["sqlite:///elsewhere/own.db", "/elsewhere/own.db"],
    ["sqlite:////elsewhere/own.db", "/elsewhere/own.db"],
    ["sqlite:own.db", "/data/own.db"],
    ["SQLITE:own.db", "/data/own.db"],
    ["sqlite://own.db?mode=rwc", "/data/own.db"],
    ["sqlite:///elsewhere/own.db?mode=rwc&cache=shared", "/elsewhere/own.db"],
  ])("of the database as %s: %s", (url, expected) => {
    expect(dataDirectoryAt("/data", url).database).toBe(expected);
  });

  test.each(["sqlite::memory:", "sqlite://:memory:"])("%s is refused: it keeps nothing", (url) => {
    expect(() => dataDirectoryAt("/data", url)).toThrow(/DATABASE_URL.*memory/);
  });
});

describe("the folders", () => {
  test("are made for their owner alone, that of the database too", () => {
    const directory = dataDirectoryAt(join(root, "new"), "sqlite://rows/own.db");
    createFolders(directory);
    const { vectors, imported, temporary } = directory;
    for (const folder of [directory.root, vectors, directory.import, imported, temporary]) {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    expect(statSync(join(root, "new", "rows")).mode & 0o777).toBe(0o700);
  });

  test("keep what is in them, but for leftovers", () => {
    const directory = dataDirectoryAt(root);
    createFolders(directory);
    writeFileSync(join(directory.import, "kept"), "");
    writeFileSync(join(directory.temporary, "left"), "");
    createFolders(directory);
    expect(existsSync(join(directory.import, "kept"))).toBe(true);
    expect(existsSync(join(directory.temporary, "left"))).toBe(false);
  });

  test("that cannot be made are an error that names the remedy", () => {
    writeFileSync(join(root, "file"), "");
    const blocked = join(root, "file", "data");
    expect(() => createFolders(dataDirectoryAt(blocked))).toThrow(/SEKHA_DATA_DIR/);
    expect(() => lockDirectory(blocked)).toThrow(/cannot be made or written.*SEKHA_DATA_DIR/);
  });
});

describe("the lock", () => {
  test("tells who has the directory, where, until it is released", () => {
    expect(directoryOwner(root)).toBeNull();
    const lock = lockDirectory(root);
    expect(directoryOwner(root)).toEqual({ pid: process.pid, url: null });
    lock.announce("http://127.0.0.1:8080");
    expect(directoryOwner(root)).toEqual({ pid: process.pid, url: "http://127.0.0.1:8080" });
    expect(statSync(join(root, "server.json")).mode & 0o777).toBe(0o600);
    lock.release();
    lock.release();
    expect(directoryOwner(root)).toBeNull();
    expect(existsSync(join(root, "server.json"))).toBe(false);
  });

  test("is refused while another process has it, and free once that was killed", async () => {
    const other = await lockInAnotherProcess();
    try {
      expect(directoryOwner(root)).toEqual({ pid: other.pid, url: "http://there" });
      expect(() => lockDirectory(root)).toThrow(
        `Process ${other.pid} uses the data directory ${root} at http://there. Stop it first, or set SEKHA_DATA_DIR to another folder.`,
      );
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
    expect(JSON.parse(readFileSync(join(root, "server.json"), "utf8"))).toMatchObject({
      pid: other.pid,
    });
    expect(directoryOwner(root)).toBeNull();
    const lock = lockDirectory(root);
    expect(directoryOwner(root)?.pid).toBe(process.pid);
    lock.release();
  });

  test("is waited for by who wants to talk to a server that has it and does not listen yet [req:cli.starting-server]", async () => {
    expect(await listeningOwner(root)).toBeNull();
    const other = await lockInAnotherProcess(500);
    try {
      expect(directoryOwner(root)).toEqual({ pid: other.pid, url: null });
      expect(await listeningOwner(root)).toEqual({ pid: other.pid, url: "http://there" });
    } finally {
      other.kill("SIGKILL");
      await once(other, "exit");
    }
    const lock = lockDirectory(root);
    expect(await listeningOwner(root)).toBeNull();
    lock.release();
  });

  test("holds when nobody can read who has it", () => {
    const lock = lockDirectory(root);
    writeFileSync(join(root, "server.json"), "{broken");
    expect(directoryOwner(root)).toEqual({ pid: 0, url: null });
    expect(() => lockDirectory(root)).toThrow(/^Another process uses the data directory/);
    lock.release();
  });

  test("whose file is damaged is not taken for somebody's", () => {
    writeFileSync(
      join(root, "server.lock"),
      "no database at all, but long enough to be looked at".repeat(50),
    );
    expect(() => lockDirectory(root)).toThrow(/cannot be made or written.*not a database/);
    expect(() => directoryOwner(root)).toThrow(/not a database/);
  });
});

async function lockInAnotherProcess(announcedAfterMs = 0): Promise<ChildProcess> {
  const code = `import { lockDirectory } from ${JSON.stringify(new URL("./data-directory.ts", import.meta.url).href)};
    const lock = lockDirectory(${JSON.stringify(root)});
    const announce = () => lock.announce("http://there");
    if (${announcedAfterMs} === 0) announce();
    else setTimeout(announce, ${announcedAfterMs});
    gc();
    process.stdout.write("locked");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
