import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkDatabaseFile } from "./check-database-file.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let folder: string;
let sound: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sekha-check-"));
  sound = join(folder, "a sound #1?.db");
  const store = await openSqliteStore({ file: join(folder, "live.db"), readers: 1 });
  const messages = ["one", "two"].map((content) => ({ role: "user", content }));
  await store.conversations.create("local", { label: "Talk", folder: "/", messages });
  await store.backup(sound);
  await store.close();
});

afterAll(() => rm(folder, { recursive: true }));

test("a sound file tells what it holds, stays as it was and gets nothing beside it", async () => {
  const [bytes, names] = [await readFile(sound), await readdir(folder)];
  expect(checkDatabaseFile(sound)).toEqual({ conversations: 1, messages: 2 });
  expect(await readdir(folder)).toEqual(names);
  expect((await readFile(sound)).equals(bytes)).toBe(true);
});

test.each([
  ["is missing", null, /There is no file/],
  ["is empty", "", /not a Sekha 2 database/],
  ["is no database", "hello ".repeat(500), /not a sound database/],
])("a file that %s is refused", async (name, content, expected) => {
  const file = join(folder, `${name}.db`);
  if (content !== null) await writeFile(file, content);
  expect(() => checkDatabaseFile(file)).toThrow(expected);
});

test("a folder is refused", () => {
  expect(() => checkDatabaseFile(folder)).toThrow(/cannot be opened|not a sound database/);
});

test("another program's database is refused", () => {
  const file = join(folder, "other.db");
  const other = new DatabaseSync(file);
  other.exec("CREATE TABLE conversations (id); CREATE TABLE messages (id)");
  other.close();
  expect(() => checkDatabaseFile(file)).toThrow("is not a Sekha 2 database");
});

test("a file of a newer Sekha is refused with what to do", async () => {
  const file = join(folder, "newer.db");
  await writeFile(file, await readFile(sound));
  const newer = new DatabaseSync(file);
  newer.exec("PRAGMA user_version = 9999");
  newer.close();
  expect(() => checkDatabaseFile(file)).toThrow(/newer Sekha\. Install that version/);
});

test("a damaged file is refused", async () => {
  const file = join(folder, "damaged.db");
  const bytes = await readFile(sound);
  bytes.fill(0xff, 4096 * 2, 4096 * 12);
  await writeFile(file, bytes);
  expect(() => checkDatabaseFile(file)).toThrow(/damaged|not a sound database/);
});
