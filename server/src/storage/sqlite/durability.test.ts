import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SekhaError } from "../../core/errors.ts";
import { conversationDraft, turn } from "../conformance/with-stores.ts";
import { Connection } from "./connection.ts";
import { DatabaseThread } from "./database-thread.ts";
import { FullText } from "./full-text.ts";
import { GroupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { fromWireError, toWireError } from "./wire-error.ts";
import type { Reply } from "./worker-protocol.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekha-sqlite-"));
  file = join(folder, "sekha.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openConnection(): Connection {
  return new Connection(file, { readOnly: false, cacheMegabytes: 2 });
}

function distinctiveWords(count: number, offset = 0): string[] {
  return Array.from(
    { length: count },
    (_, number) => `zq${(number * 7919 + offset + 104_729).toString(36)}xv`,
  );
}

function quickCheck(database: string): unknown {
  const reader = new DatabaseSync(database, { readOnly: true });
  try {
    return Object.values(reader.prepare("PRAGMA quick_check").get() ?? {})[0];
  } finally {
    reader.close();
  }
}

/** Which of the words still stand in any file of the database. */
function remnants(words: readonly string[]): string[] {
  const bytes = readdirSync(folder).map((name) =>
    readFileSync(join(folder, name)).toString("latin1").toLowerCase(),
  );
  return words.filter((word) => bytes.some((text) => text.includes(word)));
}

async function eventually(claim: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100 && !claim(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return claim();
}

describe("migrations", () => {
  const broken = { name: "broken", sql: "CREATE TABLE extra (a); INSERT INTO nowhere VALUES (1);" };
  test("a failed step leaves schema, version and rows as they were, and a copy beside them [req:storage.migrations]", () => {
    const connection = openConnection();
    migrate(connection, file);
    connection.execute("INSERT INTO settings (owner, key, value) VALUES ('o', 'k', 'v')");
    expect(() => migrate(connection, file, [...MIGRATIONS, broken])).toThrow("nowhere");
    expect(connection.rows("PRAGMA user_version")).toEqual([{ user_version: MIGRATIONS.length }]);
    expect(connection.rows("SELECT name FROM sqlite_schema WHERE name = 'extra'")).toEqual([]);
    expect(connection.rows("PRAGMA foreign_keys")).toEqual([{ foreign_keys: 1 }]);
    const later = { name: "later", sql: "CREATE TABLE extra (a); DELETE FROM settings;" };
    writeFileSync(`${file}.before-migration-${MIGRATIONS.length + 1}.unfinished`, "cut short");
    expect(migrate(connection, file, [...MIGRATIONS, later])).toEqual({
      from: MIGRATIONS.length,
      to: MIGRATIONS.length + 1,
    });
    connection.close();
    const copy = new DatabaseSync(`${file}.before-migration-${MIGRATIONS.length + 1}`);
    expect(copy.prepare("SELECT value FROM settings").all()).toEqual([{ value: "v" }]);
    copy.close();
  });
  test("a file of the first schema gets the table of costs, keeps its rows and leaves a copy of what it was", async () => {
    const connection = openConnection();
    migrate(connection, file, MIGRATIONS.slice(0, 1));
    connection.execute("INSERT INTO settings (owner, key, value) VALUES ('o', 'k', 'v')");
    connection.close();
    const store = await openSqliteStore({ file, readers: 1 });
    expect(await store.costs.spentSince("o", { day: "2026-11-25" })).toBe(0n);
    await store.close();
    const copy = new DatabaseSync(`${file}.before-migration-2`);
    expect(copy.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 1 });
    expect(copy.prepare("SELECT value FROM settings").all()).toEqual([{ value: "v" }]);
    copy.close();
    const migrated = new DatabaseSync(file);
    expect(migrated.prepare("SELECT value FROM settings").all()).toEqual([{ value: "v" }]);
    migrated.close();
  });
  test("a step that orphans rows is refused", () => {
    const connection = openConnection();
    migrate(connection, file);
    const orphan = { name: "orphan", sql: "INSERT INTO conversation_tags VALUES (9, 'o', 't');" };
    expect(() => migrate(connection, file, [...MIGRATIONS, orphan])).toThrow("without parents");
    connection.close();
  });
  test("a newer schema is refused with what to do [req:storage.newer-file]", () => {
    const connection = openConnection();
    migrate(connection, file);
    connection.database.exec("PRAGMA user_version = 999");
    expect(() => migrate(connection, file)).toThrow("newer Sekha");
    connection.close();
  });
  test("a foreign file stays byte for byte as it was, its write-ahead log too [req:storage.foreign-file]", async () => {
    const foreign = new DatabaseSync(file);
    foreign.exec(
      "PRAGMA journal_mode = WAL; CREATE TABLE conversations (id); INSERT INTO conversations VALUES (1);",
    );
    const bytes = ["", "-wal"].map((suffix) => readFileSync(file + suffix));
    foreign.close();
    for (const [index, suffix] of ["", "-wal"].entries())
      writeFileSync(file + suffix, bytes[index] ?? "");
    await expect(openSqliteStore({ file, readers: 1 })).rejects.toMatchObject({ code: "conflict" });
    expect(["", "-wal"].map((suffix) => readFileSync(file + suffix))).toEqual(bytes);
    rmSync(`${file}-wal`);
    writeFileSync(file, "not a database at all, but somebody's notes");
    await expect(openSqliteStore({ file, readers: 1 })).rejects.toMatchObject({ code: "conflict" });
    expect(readFileSync(file, "utf8")).toContain("somebody's notes");
  });
});

describe("group commit", () => {
  function startGroup(connection: Connection) {
    const replies: Reply[] = [];
    let commits = 0;
    const exec = connection.database.exec.bind(connection.database);
    connection.database.exec = (sql: string) => {
      if (sql === "COMMIT") commits += 1;
      exec(sql);
    };
    let ids = 0;
    const context = {
      connection,
      fullText: new FullText(connection),
      write: { now: 0, newId: () => `id${ids++}` },
    };
    const group = new GroupCommit({
      context,
      answer: (reply) => replies.push(reply),
      clock: () => 0,
    });
    return { group, replies, commits: () => commits };
  }
  test("writes that wait together share a commit, in order, and a failing one hurts nobody [req:storage.group-commit]", async () => {
    const connection = openConnection();
    migrate(connection, file);
    const { group, replies, commits } = startGroup(connection);
    const drafts = ["a", "b", "a", "c"].map((id) => conversationDraft({ id }));
    for (const [id, draft] of drafts.entries())
      group.add({ id, name: "create", argument: { owner: "o", draft } });
    expect(await eventually(() => replies.length === 4)).toBe(true);
    expect(replies.map((reply) => reply.kind)).toEqual(["result", "result", "error", "result"]);
    expect(replies[2]).toMatchObject({ error: { code: "conflict" } });
    expect(commits()).toBe(1);
    expect(connection.rows("SELECT id FROM conversations ORDER BY seq")).toEqual([
      { id: "a" },
      { id: "b" },
      { id: "c" },
    ]);
    connection.close();
  });
  test("more than one group's worth of writes keep their order", async () => {
    const connection = openConnection();
    migrate(connection, file);
    const { group, replies } = startGroup(connection);
    for (let id = 0; id < 600; id += 1) group.add({ id, name: "ping", argument: {} });
    expect(await eventually(() => replies.length === 600)).toBe(true);
    expect(replies.map((reply) => (reply.kind === "ready" ? -1 : reply.id))).toEqual(
      Array.from({ length: 600 }, (_, id) => id),
    );
    connection.close();
  });
  test("while a writer outside holds the file, all who wait are told that it is busy", async () => {
    const connection = openConnection();
    migrate(connection, file);
    const { group, replies } = startGroup(connection);
    connection.database.exec("PRAGMA busy_timeout = 1");
    const outside = new DatabaseSync(file);
    outside.exec("BEGIN IMMEDIATE");
    for (const id of [1, 2, 3]) group.add({ id, name: "ping", argument: {} });
    expect(await eventually(() => replies.length === 3)).toBe(true);
    for (const reply of replies) {
      expect(reply).toMatchObject({ error: { code: "unavailable", retryAfterSeconds: 1 } });
    }
    outside.exec("ROLLBACK");
    outside.close();
    group.add({ id: 4, name: "ping", argument: {} });
    expect(await eventually(() => replies.length === 4)).toBe(true);
    expect(replies[3]?.kind).toBe("result");
    connection.close();
  });
  test("a full file refuses the write whole, and takes it once there is room", async () => {
    const connection = openConnection();
    migrate(connection, file);
    const { group, replies } = startGroup(connection);
    const [size] = connection.rows<{ page_count: number }>("PRAGMA page_count");
    connection.database.exec(`PRAGMA max_page_count = ${(size?.page_count ?? 0) + 20}`);
    const draft = conversationDraft({
      messages: Array.from({ length: 50 }, () => turn("word ".repeat(2000))),
    });
    group.add({ id: 1, name: "create", argument: { owner: "o", draft } });
    expect(await eventually(() => replies.length === 1)).toBe(true);
    expect(replies[0]).toMatchObject({ kind: "error", error: { code: "storage_full" } });
    for (const table of ["conversations", "messages", "embedding_queue", "messages_fts_docsize"]) {
      expect(connection.rows(`SELECT count(*) AS count FROM ${table}`)).toEqual([{ count: 0 }]);
    }
    connection.database.exec("PRAGMA max_page_count = 1000000");
    group.add({ id: 2, name: "create", argument: { owner: "o", draft } });
    expect(await eventually(() => replies.length === 2)).toBe(true);
    expect(replies[1]?.kind).toBe("result");
    connection.close();
  });
});

describe("threads", () => {
  test("an error keeps its details and waiting time on its way between threads", () => {
    const details = [{ path: "a", message: "b" }];
    const error = new SekhaError("unavailable", "Busy", { details, retryAfterSeconds: 3 });
    const arrived = fromWireError(structuredClone(toWireError(error)));
    expect(arrived).toMatchObject({
      code: "unavailable",
      message: "Busy",
      details,
      retryAfterSeconds: 3,
    });
  });
  test("errors keep their code and words across the thread", async () => {
    const store = await openSqliteStore({ file, readers: 1 });
    await expect(store.conversations.get("o", "x")).rejects.toMatchObject({
      name: "SekhaError",
      code: "not_found",
      message: "Conversation not found",
    });
    await expect(store.conversations.update("o", "x", {})).rejects.toMatchObject({
      code: "not_found",
    });
    await store.close();
    await expect(store.conversations.get("o", "x")).rejects.toMatchObject({ code: "unavailable" });
  });
  test("a thread that ends rejects what it had and the next call works", async () => {
    const thread = new DatabaseThread({ file, role: "writer" });
    await thread.open();
    // While another connection writes, the call cannot have been answered when the thread ends.
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const pending = thread.call("releaseClaims", {});
    await Promise.resolve();
    const ended = thread.terminate();
    other.exec("ROLLBACK");
    other.close();
    await expect(pending).rejects.toMatchObject({ code: "unavailable" });
    await ended;
    await expect(thread.call("ping", {})).resolves.toBeUndefined();
    await thread.close();
  });
  test("memory is readable by its owner alone: the file, its log, and copies of it", async () => {
    const store = await openSqliteStore({ file, readers: 1 });
    await store.conversations.create("o", conversationDraft());
    await store.backup(`${file}.copy`);
    for (const name of [file, `${file}-wal`, `${file}-shm`, `${file}.copy`]) {
      expect(statSync(name).mode & 0o777, name).toBe(0o600);
    }
    await store.close();
  });
  test("a file that cannot be opened now can be opened later", async () => {
    writeFileSync(file, "in the way");
    const thread = new DatabaseThread({ file, role: "writer" });
    await expect(thread.call("ping", {})).rejects.toMatchObject({ code: "conflict" });
    rmSync(file);
    await expect(thread.call("ping", {})).resolves.toBeUndefined();
    await thread.close();
  });
});

describe("erasure", () => {
  test("no word of a deleted conversation stands in any byte of any file, open or closed", async () => {
    const store = await openSqliteStore({ file, readers: 1 });
    const kept = distinctiveWords(200, 1).map((word) => turn(`kept ${word} words`));
    const secrets = distinctiveWords(400, 2);
    await store.conversations.create("o", conversationDraft({ messages: kept }));
    const messages = secrets.map((word) =>
      turn(`about ${word} 秘密${word}秘密 and so on`, { name: word, metadata: { word } }),
    );
    const draft = conversationDraft({
      label: secrets[0] ?? "",
      tags: secrets.slice(0, 3),
      messages,
    });
    const { conversation } = await store.conversations.create("o", draft, {
      key: "k",
      bodyHash: "h",
    });
    await store.conversations.create("o", conversationDraft({ messages: kept }));
    expect(remnants(secrets)).toHaveLength(secrets.length);
    await store.conversations.delete("o", [conversation.id]);
    await eventually(() => remnants(secrets).length === 0);
    expect(remnants(secrets)).toEqual([]);
    expect(quickCheck(file)).toBe("ok");
    await store.close();
    expect(remnants(secrets)).toEqual([]);
    expect(remnants(distinctiveWords(200, 1))).toHaveLength(200);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });
});

function run(program: string, ...options: string[]): void {
  execFileSync(program, options, { stdio: "ignore" });
}

/** A disk of 8 MB, where this user may mount one. */
function mountSmallDisk(at: string): boolean {
  try {
    run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", at);
    return true;
  } catch {
    return false;
  }
}

describe("a full disk", () => {
  test("refuses the write whole, keeps what was acknowledged, and works again after space is freed", async ({
    annotate,
  }) => {
    const mounted = mountSmallDisk(folder);
    if (!mounted)
      await annotate(
        "No small disk could be mounted (needs root): only the page limit above was tested",
        "warning",
      );
    const ballast = join(folder, "ballast");
    if (mounted) writeFileSync(ballast, Buffer.alloc(3 << 20));
    const store = await openSqliteStore({ file, readers: 1 });
    try {
      let acknowledged = 0;
      let refusal: unknown = null;
      const draft = conversationDraft({
        messages: Array.from({ length: 20 }, () => turn("some words to keep ".repeat(100))),
      });
      for (let tries = 0; tries < (mounted ? 500 : 1) && refusal === null; tries += 1) {
        await store.conversations.create("o", draft).then(
          () => (acknowledged += 1),
          (error) => (refusal = error),
        );
      }
      if (mounted) expect(refusal).toMatchObject({ code: "storage_full" });
      expect(await store.conversations.stats("o", {})).toMatchObject({
        messages: acknowledged * 20,
      });
      rmSync(ballast, { force: true });
      await store.conversations.create("o", draft);
      expect((await store.conversations.counts("o", {})).total).toBe(acknowledged + 1);
      expect(quickCheck(file)).toBe("ok");
    } finally {
      await store.close();
      if (mounted) run("umount", folder);
    }
  });
});
