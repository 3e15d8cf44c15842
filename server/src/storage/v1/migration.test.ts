import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inspectDatabase, SOUND } from "../../../../test/support/database-file.ts";
import {
  checkAsV1,
  ODD_METADATA,
  type V1Memory,
  type V1MemoryOptions,
  writeV1Memory,
} from "../../../../test/support/v1-memory.ts";
import { rowsFile } from "./file-kind.ts";
import { KEPT_KEY } from "./mapping.ts";
import { inspectV1, mergeV1, migrateV1, verifyMigrated } from "./migration.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekha-v1-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const NOW = Date.UTC(2026, 1, 1);
const file = () => join(folder, "sekha-v2.db");

function optionsFor(
  memory: { file: string },
  given: Partial<Parameters<typeof migrateV1>[0]> = {},
) {
  return {
    ...{ v1: memory.file, file: file(), temporary: join(folder, "tmp"), owner: "local" },
    ...{ legacyVectors: false, clock: () => NOW },
    newId: () => randomUUID(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...given,
  };
}

function written(options: Partial<V1MemoryOptions> = {}): V1Memory {
  return writeV1Memory({ file: join(folder, "sekha.db"), ...options });
}

async function migrated(options: Partial<V1MemoryOptions> = {}): Promise<V1Memory> {
  const memory = written(options);
  await migrateV1(optionsFor(memory));
  return memory;
}

type Row = Record<string, unknown>;

function rows(sql: string, path = file()): Row[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

function change(sql: string): void {
  const database = new DatabaseSync(file());
  database.exec(sql);
  database.close();
}

/** What version 1 goes on with after the migration: two messages, their ids in order. */
function writeLater(path: string, conversation: string): string[] {
  const database = new DatabaseSync(path);
  const ids = [3, 2].map((digit) => `${digit}`.repeat(8).concat("-0000-4000-8000-000000000000"));
  for (const id of ids) {
    database
      .prepare(
        `INSERT INTO messages (id, conversation_id, role, content, timestamp)
         SELECT ?, id, 'user', 'later', '2026-02-03 10:00:00' FROM conversations
         WHERE ${PLAIN_ID("id")} = ?`,
      )
      .run(id, conversation.replaceAll("-", ""));
  }
  database.close();
  return ids;
}

/** Blob or text, as the fixture wrote it; no code of the migration's. */
const PLAIN_ID = (column: string) =>
  `CASE typeof(${column}) WHEN 'blob' THEN lower(hex(${column})) ELSE replace(${column}, '-', '') END`;

function metadataOf(id: string): unknown {
  const [row] = rows(`SELECT metadata FROM messages WHERE id = '${id}'`);
  return JSON.parse(String(row?.metadata));
}

describe("a memory of version 1", () => {
  test.each(["blob", "text", "mixed"] as const)(
    "with ids as %s is here whole: ids, order, roles and texts byte for byte",
    async (ids) => {
      const memory = await migrated({ ids, messages: 120, checkpointed: false });
      const before = rows(
        `SELECT ${PLAIN_ID("id")} AS id, ${PLAIN_ID("conversation_id")} AS conversation, role,
           hex(content) AS content FROM messages ORDER BY 2, rowid`,
        memory.file,
      );
      const after = rows(
        `SELECT replace(m.id, '-', '') AS id, replace(c.id, '-', '') AS conversation, m.role,
           hex(m.content) AS content FROM messages m JOIN conversations c ON c.seq = conversation_seq
         ORDER BY 2, position`,
      );
      expect(after).toEqual(before);
      expect(after.length).toBe(memory.messages.length);
      const label = "SELECT hex(label) AS label, status FROM conversations ORDER BY 1, 2";
      const recovered = Buffer.from("Recovered messages").toString("hex").toUpperCase();
      expect(rows(label).filter((row) => row.label !== recovered)).toEqual(
        rows(label, memory.file),
      );
    },
  );

  test("is sound: counts, full text, queue and positions fit the rows", async () => {
    const memory = await migrated({ messages: 200 });
    expect(inspectDatabase(folder)).toEqual({
      ...SOUND,
      // One was made for the messages without.
      conversations: memory.conversations.length + 1,
      messages: memory.messages.length,
    });
  });

  test("keeps pins, archive, summaries, tags and the knowledge graph", async () => {
    const { pinned, archived, empty, summarised } = await migrated();
    const find = (id: string) =>
      rows(`SELECT * FROM conversations WHERE id = '${id}'`)[0] as Row & { metadata: string };
    expect(find(pinned)).toMatchObject({
      ...{ pinned: 1, importance_score: 10, importance_before_pin: 5 },
    });
    expect(find(archived)).toMatchObject({ status: "archived", pinned: 0 });
    expect(find(empty)).toMatchObject({ message_count: 0, label: "" });
    const summaries = rows("SELECT level, text, range_start, range_end, model FROM summaries");
    const made = Date.UTC(2025, 0, 26, 3, 0, 0, 123);
    expect(summaries).toEqual([
      {
        ...{ level: "daily", text: "They spoke of 東京.", model: "llama3.1:8b" },
        ...{ range_start: Date.UTC(2025, 0, 25), range_end: Date.UTC(2025, 0, 26) },
      },
      {
        ...{ level: "weekly", text: "A quiet week.", model: "" },
        ...{ range_start: made, range_end: made },
      },
    ]);
    expect(rows("SELECT tag FROM conversation_tags")).toEqual([{ tag: "travel" }]);
    expect(JSON.parse(find(summarised).metadata)[KEPT_KEY]).toMatchObject({
      tags: [{ tag: "travel", confidence: "0.75" }],
      knowledge_graph_edges: [{ subject_id: "anna", predicate: "lives in", object_id: "köln" }],
      summaries: [{ token_count: "7" }, { timestamp_range: "last week" }],
    });
  });

  test("loses no message whose conversation has no row, and no odd metadata", async () => {
    const { orphans, orphaned, metadata } = await migrated();
    const found = rows(
      `SELECT m.id FROM messages m JOIN conversations c ON c.seq = conversation_seq
       WHERE c.id = '${orphaned}' AND c.label = 'Recovered messages' ORDER BY position`,
    );
    expect(found.map(({ id }) => id)).toEqual(orphans);
    expect(metadataOf(metadata.null)).toEqual({});
    expect(metadataOf(metadata.jsonNull)).toEqual({});
    for (const kind of ["invalid", "array", "text"] as const) {
      expect(metadataOf(metadata[kind])).toEqual({ [KEPT_KEY]: { metadata: ODD_METADATA[kind] } });
    }
    const [row] = rows(`SELECT metadata FROM messages WHERE id = '${metadata.object}'`);
    expect(row?.metadata).toBe(ODD_METADATA.object);
  });

  test("with the same id as text and as blob has both messages", async () => {
    const memory = written({ ids: "text" });
    const [id = ""] = memory.messages;
    const database = new DatabaseSync(memory.file);
    database
      .prepare(
        "INSERT INTO messages SELECT ?, conversation_id, role, 'the other', timestamp, NULL, NULL FROM messages WHERE id = ?",
      )
      .run(Buffer.from(id.replaceAll("-", ""), "hex"), id);
    database.close();
    const { verified } = await migrateV1(optionsFor(memory));
    expect(verified).toMatchObject({ messages: memory.messages.length + 1, differing: 0 });
    expect(rows("SELECT 1 FROM messages WHERE content = 'the other'")).toHaveLength(1);
  });

  test("waits to be embedded, but not where version 1's vectors are searched", async () => {
    const memory = written();
    const first = await migrateV1(optionsFor(memory));
    const embeddable = memory.messages.length - 2;
    expect(first.written.queued).toBe(embeddable);
    expect(rows("SELECT 1 FROM embedding_queue")).toHaveLength(embeddable);
    rmSync(file());
    const { queued } = (await migrateV1(optionsFor(memory, { legacyVectors: true }))).written;
    // Those that version 1 could not embed either.
    const without = rows(
      "SELECT 1 FROM messages WHERE embedding_id IS NULL AND trim(content, char(32, 9, 10)) <> ''",
      memory.file,
    );
    expect(queued).toBe(without.length);
    expect(rows("SELECT 1 FROM embedding_queue")).toHaveLength(queued);
    expect(rows("SELECT 1 FROM messages WHERE embedding_state = 'embedded'")).toHaveLength(
      embeddable - queued,
    );
  });

  test("is still version 1's to open", async () => {
    const { file: old } = await migrated({ checkpointed: false });
    expect(checkAsV1(old)).toEqual({ conversations: 10, messages: 58 });
  });
});

describe("verification", () => {
  test.each([
    ["label", "UPDATE conversations SET label = label || ' ' WHERE seq = 1"],
    ["folder", "UPDATE conversations SET folder = '/elsewhere' WHERE seq = 1"],
    ["status", "UPDATE conversations SET status = 'archived' WHERE seq = 1"],
    ["pinned", "UPDATE conversations SET pinned = 1 WHERE seq = 1"],
    ["importance_score", "UPDATE conversations SET importance_score = 6 WHERE pinned = 1"],
    ["created_at", "UPDATE conversations SET created_at = created_at + 1 WHERE seq = 1"],
    ["updated_at", "UPDATE conversations SET updated_at = updated_at + 1 WHERE seq = 1"],
    ["message_count", "UPDATE conversations SET message_count = 7 WHERE seq = 1"],
    ["missing", "DELETE FROM conversations WHERE id = (SELECT id FROM conversations LIMIT 1)"],
    ["conversation", "UPDATE messages SET conversation_seq = 2, position = 99 WHERE seq = 1"],
    ["role", "UPDATE messages SET role = 'tool' WHERE seq = 1"],
    ["content", "UPDATE messages SET content = content || char(10) WHERE seq = 1"],
    ["timestamp", "UPDATE messages SET timestamp = timestamp - 1 WHERE seq = 1"],
    ["metadata", `UPDATE messages SET metadata = '{"a":1}' WHERE seq = 1`],
    ["position", "UPDATE messages SET position = 99 WHERE seq = 1"],
    ["embedding", "DELETE FROM embedding_queue WHERE message_seq = 1"],
    ["missing", "DELETE FROM summaries WHERE level = 'daily'"],
  ])("finds a changed %s", async (field, sql) => {
    const memory = await migrated();
    const fine = await verifyMigrated(optionsFor(memory));
    expect(fine.verified).toMatchObject({ messages: 58, conversations: 10, differing: 0 });
    change(`PRAGMA foreign_keys = ON; ${sql}`);
    const { verified } = await verifyMigrated(optionsFor(memory));
    expect(verified.differing).toBeGreaterThan(0);
    expect(verified.differences.map((difference) => difference.field)).toContain(field);
  });

  test("needs something to verify", async () => {
    const memory = written();
    await expect(verifyMigrated(optionsFor(memory))).rejects.toThrow(/sekha migrate data/);
  });
});

describe("a migration that does not end", () => {
  /** Every look at the clock is half a second later, so that there is news at every step. */
  function hurried(): () => number {
    let time = NOW;
    return () => {
      time += 500;
      return time;
    };
  }

  const left = () => readdirSync(folder).sort();

  test("because it was interrupted leaves nothing, and the next one is whole", async () => {
    const memory = written({ checkpointed: false });
    const before = left();
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("stop"));
    const interrupted = { signal: controller.signal, onProgress, clock: hurried() };
    await expect(migrateV1(optionsFor(memory, interrupted))).rejects.toThrow("stop");
    expect(left()).toEqual(before);
    await migrateV1(optionsFor(memory));
    expect(inspectDatabase(folder)).toMatchObject({ ...SOUND, messages: 58 });
  });

  test("because the disk is full says so and leaves nothing", async () => {
    const memory = written();
    const before = left();
    const onProgress = () => {
      throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
    };
    const full = migrateV1(optionsFor(memory, { onProgress, clock: hurried() }));
    await expect(full).rejects.toMatchObject({
      ...{ code: "storage_full", message: expect.stringMatching(/Nothing was changed.*room/) },
    });
    expect(left()).toEqual(before);
  });

  test("because version 1 still writes leaves nothing", async () => {
    const memory = written();
    const onProgress = () => {
      const database = new DatabaseSync(memory.file);
      database.exec("UPDATE conversations SET label = 'later'");
      database.close();
    };
    const busy = migrateV1(optionsFor(memory, { onProgress, clock: hurried() }));
    await expect(busy).rejects.toThrow(/Stop Sekha 1/);
    expect(existsSync(file())).toBe(false);
    expect(existsSync(`${file()}.migrating`)).toBe(false);
  });

  test("because it was killed is in nobody's way", async () => {
    const memory = written();
    for (const name of [".migrating", ".migrating-journal", "-wal", "-shm"]) {
      writeFileSync(file() + name, "half of something");
    }
    await migrateV1(optionsFor(memory));
    expect(inspectDatabase(folder)).toMatchObject({ ...SOUND, messages: 58 });
    expect(left().filter((name) => name.includes("migrating"))).toEqual([]);
  });
});

describe("a memory of version 2 that is there already", () => {
  test("is not replaced", async () => {
    const memory = await migrated();
    await expect(migrateV1(optionsFor(memory))).rejects.toMatchObject({ code: "conflict" });
  });

  test("gets what it does not have, and keeps what it has", async () => {
    const memory = await migrated();
    const [first = "", second = ""] = memory.conversations;
    change(`PRAGMA foreign_keys = ON; DELETE FROM conversations WHERE id = '${first}';
      UPDATE conversations SET label = 'mine' WHERE id = '${second}'`);
    const { temporary, ...options } = optionsFor(memory);
    expect(inspectV1({ ...options, temporary })).toMatchObject({
      missing: { conversations: 1, messages: 8 },
    });
    const { written: outcome, verified } = await mergeV1(optionsFor(memory));
    expect(outcome).toMatchObject({ conversations: 1, messages: 8, known: 9 });
    expect(verified).toMatchObject({ conversations: 1, messages: 8, differing: 0 });
    expect(rows(`SELECT label FROM conversations WHERE id = '${second}'`)).toEqual([
      { label: "mine" },
    ]);
    const again = await mergeV1(optionsFor(memory));
    expect(again.written).toMatchObject({ conversations: 0, messages: 0, known: 10 });
  });

  test("gets what version 1 wrote since to conversations that are there, at their end and once", async () => {
    const memory = await migrated();
    const [first = ""] = memory.conversations;
    change(`UPDATE conversations SET label = 'mine' WHERE id = '${first}'`);
    const later = writeLater(memory.file, first);
    const options = optionsFor(memory);
    expect(inspectV1(options)).toMatchObject({ missing: { conversations: 0, messages: 2 } });
    const { written: outcome, verified } = await mergeV1(options);
    expect(outcome).toMatchObject({ conversations: 0, messages: 2, known: 10, continued: 2 });
    expect(verified).toMatchObject({ conversations: 0, messages: 2, differing: 0 });
    const found = rows(
      `SELECT m.id, c.label, c.message_count AS counted, c.updated_at AS updated, q.message_seq IS NOT NULL AS queued
       FROM messages m JOIN conversations c ON c.seq = m.conversation_seq
         LEFT JOIN embedding_queue q ON q.message_seq = m.seq
       WHERE c.id = '${first}' ORDER BY position DESC LIMIT 2`,
    );
    const facts = { label: "mine", counted: 10, updated: Date.UTC(2026, 1, 3, 10), queued: 1 };
    expect(found).toEqual(later.map((id) => ({ id, ...facts })).reverse());
    expect(inspectDatabase(folder)).toMatchObject({ ...SOUND, messages: 60 });
    const again = await mergeV1(optionsFor(memory));
    expect(again.written).toMatchObject({ messages: 0, continued: 0 });
  });

  test("is as before when the addition is interrupted", async () => {
    const memory = await migrated();
    change("PRAGMA foreign_keys = ON; DELETE FROM conversations");
    const controller = new AbortController();
    let time = NOW;
    const options = optionsFor(memory, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("stop")),
      clock: () => (time += 500),
    });
    await expect(mergeV1(options)).rejects.toThrow("stop");
    expect(rows("SELECT 1 FROM messages")).toEqual([]);
  });

  test("stays where it is when the old file is deleted, and only then", async () => {
    const memory = await migrated();
    expect(rowsFile(memory.file)).toBe(file());
    rmSync(memory.file);
    expect(rowsFile(memory.file)).toBe(file());
    expect(rowsFile(join(folder, "other.db"))).toBe(join(folder, "other.db"));
  });
});
