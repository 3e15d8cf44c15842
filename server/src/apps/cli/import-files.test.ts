import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { importFiles } from "./import-files.ts";

const folder = mkdtempSync(join(tmpdir(), "sekha-files-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...names: string[]): void {
  for (const name of names) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name);
  }
}

async function namesOf(...paths: string[]): Promise<string[]> {
  return (await importFiles(paths, folder)).map(({ name }) => name);
}

test("a named file is taken whatever it is called, once", async () => {
  write("odd.name");
  expect(await namesOf("odd.name", "./odd.name")).toEqual(["odd.name"]);
});

test("a folder gives what can hold conversations, below it too, without hidden files", async () => {
  write("n/b.md", "n/a.json", "n/photo.png", "n/.secret.md", "n/.git/x.md", "n/deep/c.txt");
  expect(await namesOf("n")).toEqual(["n/a.json", "n/b.md", "n/deep/c.txt"]);
});

test("beside a conversations.json the rest of an export does not count", async () => {
  write(
    "e/conversations.json",
    "e/user.json",
    "e/files/note.md",
    "f/conversations-000.json",
    "f/x.json",
  );
  expect(await namesOf("e", "f")).toEqual(["e/conversations.json", "f/conversations-000.json"]);
});

test("what does not exist, or holds nothing, is said", async () => {
  write("empty/photo.png");
  await expect(namesOf("gone.json")).rejects.toThrow("There is no file or folder gone.json.");
  await expect(namesOf("empty")).rejects.toThrow("empty holds no file that can be imported.");
});
