import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ImportReport } from "../core/transfer/importer.ts";
import { ImportWatcher } from "./import-watcher.ts";

const TAKEN: ImportReport = {
  ...{ created: 1, extended: 0, unchanged: 0, messages: 2 },
  ...{ refused: [], refusedCount: 0, perSource: [], stopped: null },
};
const STAMP = "20240615_123456";

let root: string;
let watcher: ImportWatcher | null = null;
let imported: string[];
let said: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sekha-watch-"));
  await mkdir(join(root, "import"));
  imported = [];
  said = [];
});

afterEach(async () => {
  await watcher?.stop();
  await rm(root, { recursive: true });
});

function watch(importFile: (path: string, signal: AbortSignal) => Promise<ImportReport>) {
  const say = (message: string) => {
    said.push(message);
  };
  watcher = new ImportWatcher({
    folder: join(root, "import"),
    imported: join(root, "imported"),
    importFile: (path, signal) => {
      imported.push(path.slice(root.length));
      return importFile(path, signal);
    },
    log: { debug: say, info: say, warn: say, error: say },
    clock: () => Date.parse("2024-06-15T12:34:56Z"),
    pollMs: 20,
  });
  watcher.start();
  return watcher;
}

const put = (name: string, text = "[]") => writeFile(join(root, "import", name), text);

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await reached())) await delay(10);
}

test("a file that stopped growing is imported and moved away with the time in its name", async () => {
  await put("chats.json");
  watch(async () => TAKEN);
  await until(() => said.length === 2);
  expect(imported).toEqual(["/import/chats.json"]);
  expect(await readdir(join(root, "imported"))).toEqual([`${STAMP}_chats.json`]);
  expect(await readdir(join(root, "import"))).toEqual([]);
  expect(said[1]).toBe("Imported chats.json: 1 new, 0 extended, 0 already there, 0 refused");
});

test("a file that still grows waits", async () => {
  watch(async () => TAKEN);
  for (let size = 1; size <= 10; size += 1) {
    await put("growing.json", "x".repeat(size));
    await delay(5);
  }
  await until(() => imported.length === 1);
  await until(async () => (await readdir(join(root, "import"))).length === 0);
  expect(imported).toEqual(["/import/growing.json"]);
});

test("hidden, unfinished and empty files and folders are left alone", async () => {
  const left = [".hidden.json", "a.json.part", "b.zip.crdownload", "c.tmp", "d.json~", "e.SWP"];
  for (const name of left) await put(name);
  await put("empty.json", "");
  await mkdir(join(root, "import", "folder"));
  await put("good.json");
  watch(async () => TAKEN);
  await until(() => said.length === 2);
  await delay(100);
  expect(imported).toEqual(["/import/good.json"]);
  expect(await readdir(join(root, "import"))).toHaveLength(left.length + 2);
});

test("a file that fails stays, is said once, and is tried again when it changes", async () => {
  await put("bad.json", "broken");
  watch(() => Promise.reject(new Error("not an export")));
  await until(() => said.length === 2);
  await delay(100);
  expect(imported).toHaveLength(1);
  expect(said[1]).toBe("bad.json stays in the import folder: not an export");
  await put("bad.json", "still broken");
  await until(() => imported.length === 2);
  expect(await readdir(join(root, "import"))).toEqual(["bad.json"]);
});

test("a file that holds nothing to import stays with the first reason", async () => {
  const refused = [{ location: { line: 1 } as never, title: null, reason: "no messages" }];
  await put("nothing.json");
  watch(async () => ({ ...TAKEN, created: 0, refused, refusedCount: 1 }));
  await until(() => said.length === 2);
  expect(said[1]).toBe("nothing.json stays in the import folder: no messages");
});

test("what was refused of a file is said, and the file is done", async () => {
  const refused = [{ location: { line: 1 } as never, title: "Chat", reason: "no messages" }];
  await put("some.json");
  watch(async () => ({ ...TAKEN, refused, refusedCount: 1 }));
  await until(() => said.length === 3);
  expect(said[2]).toBe("Refused from some.json: Chat: no messages");
  expect(await readdir(join(root, "imported"))).toHaveLength(1);
});

test("an import that a full disk stops leaves the file", async () => {
  await put("big.json");
  watch(async () => ({
    ...TAKEN,
    stopped: { reason: "storage_full", message: "The disk is full." },
  }));
  await until(() => said.length === 2);
  expect(said[1]).toContain("The disk is full.");
  expect(await readdir(join(root, "import"))).toEqual(["big.json"]);
});

test("a folder that is gone is said once, and the watch goes on when it is back", async () => {
  await rm(join(root, "import"), { recursive: true });
  watch(async () => TAKEN);
  await until(() => said.length === 1);
  await delay(100);
  expect(said).toHaveLength(1);
  await mkdir(join(root, "import"));
  await put("later.json");
  await until(() => imported.length === 1);
  expect(said[0]).toContain("cannot be read");
});

test("a stop ends the import under way and leaves its file", async () => {
  await put("long.json");
  const started = watch(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  );
  await until(() => imported.length === 1);
  await started.stop();
  expect(await readdir(join(root, "import"))).toEqual(["long.json"]);
  expect(said).toEqual(["Importing long.json from the import folder"]);
});
