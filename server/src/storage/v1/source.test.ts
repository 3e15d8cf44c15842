import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeV1Memory } from "../../../../test/support/v1-memory.ts";
import { mayBeV1File, rowsFile } from "./file-kind.ts";
import { openV1 } from "./source.ts";

let folder: string;
let file: string;
const temporary = () => join(folder, "tmp");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekha-v1-"));
  file = join(folder, "old", "sekha.db");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Every file beside the old one, and what is in it. */
function hashes(): Record<string, string> {
  const old = join(folder, "old");
  return Object.fromEntries(
    readdirSync(old).map((name) => {
      const bytes = readFileSync(join(old, name));
      return [name, createHash("sha256").update(bytes).digest("hex")];
    }),
  );
}

function change(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe("reading an old file", () => {
  test.each([true, false])("changes nothing, its log folded in: %s", (checkpointed) => {
    writeV1Memory({ file, checkpointed });
    const before = hashes();
    const source = openV1(file, temporary());
    expect(source.counts).toEqual({
      ...{ conversations: 10, messages: 58, summaries: 2, tags: 1, edges: 1 },
    });
    source.requireUnchanged();
    source.close();
    expect(hashes()).toEqual(before);
    expect(existsSync(temporary())).toBe(false);
  });

  test("sees what stands in the log only", () => {
    const { messages } = writeV1Memory({ file, checkpointed: false });
    const source = openV1(file, temporary());
    expect(source.counts.messages).toBe(messages.length);
    source.close();
    rmSync(`${file}-wal`);
    const without = openV1(file, temporary());
    expect(without.counts.messages).toBeLessThan(messages.length);
    without.close();
  });

  test("notices that version 1 still writes to it", () => {
    writeV1Memory({ file });
    const source = openV1(file, temporary());
    change("UPDATE conversations SET label = 'changed'");
    expect(() => source.requireUnchanged()).toThrow(/Stop Sekha 1/);
    source.close();
  });

  test("goes on where version 1's full-text index is damaged: it is made anew", () => {
    writeV1Memory({ file });
    const database = new DatabaseSync(file, { defensive: false });
    database.exec("DELETE FROM messages_fts_data WHERE id > 10");
    database.close();
    const source = openV1(file, temporary());
    expect(source.counts.messages).toBe(58);
    source.close();
  });
});

describe("an old file is refused and left as it was", () => {
  function refusal(): string {
    const before = existsSync(file) ? hashes() : {};
    let message = "";
    expect(() => {
      try {
        openV1(file, temporary()).close();
      } catch (error) {
        message = error instanceof Error ? error.message : "";
        throw error;
      }
    }).toThrow();
    if (existsSync(file)) expect(hashes()).toEqual(before);
    expect(existsSync(temporary())).toBe(false);
    return message;
  }

  test("when it is missing", () => {
    expect(refusal()).toMatch(/There is no file .*sekha\.db/);
  });

  test("when it is no database", () => {
    writeV1Memory({ file });
    writeFileSync(file, "not a database, whatever it is called".repeat(100));
    expect(refusal()).toMatch(/cannot be read as a memory of Sekha 1/);
  });

  test("when its pages are damaged", () => {
    writeV1Memory({ file, messages: 400 });
    const bytes = readFileSync(file);
    bytes.fill(0xee, 3 * 4096, bytes.length - 4096);
    writeFileSync(file, bytes);
    expect(refusal()).toMatch(/cannot be read.*backup/);
  });

  test("when it was cut off", () => {
    writeV1Memory({ file, messages: 400 });
    writeFileSync(file, readFileSync(file).subarray(0, 3 * 4096));
    expect(refusal()).toMatch(/cannot be read.*backup/);
  });

  test.each([
    ["has no memory", "DROP TABLE messages", /no tables conversations and messages/],
    [
      "lacks a column",
      "ALTER TABLE conversations DROP COLUMN status",
      /no column conversations\.status/,
    ],
    ["has a column too many", "ALTER TABLE messages ADD COLUMN colour", /column messages\.colour/],
    [
      "is of a newer version 1",
      "INSERT INTO seaql_migrations VALUES ('m20270101_000008_create_users', 0)",
      /newer Sekha 1.*000008/,
    ],
    ["is of version 2", "PRAGMA application_id = 0x53454b48", /is a memory of Sekha 2 already/],
  ])("when it %s", (_what, sql, expected) => {
    writeV1Memory({ file });
    if (sql.includes("status")) change("DROP INDEX idx_conversations_label_status");
    change(sql);
    expect(refusal()).toMatch(expected);
  });

  test("also for a folder, and says which file in it is meant", () => {
    writeV1Memory({ file });
    expect(() => openV1(join(folder, "old"), temporary())).toThrow(/is a folder.*sekha\.db/);
  });

  test("but not for tables of somebody else: they are named, and stay", () => {
    writeV1Memory({ file });
    change("CREATE TABLE mine (a); INSERT INTO mine VALUES (1); CREATE TABLE empty (a)");
    const source = openV1(file, temporary());
    expect(source.tables.foreign).toEqual(["mine"]);
    source.close();
  });
});

describe("which file is version 1's", () => {
  test("is seen from its tables, also when they stand in its log only", () => {
    writeV1Memory({ file, checkpointed: false });
    expect(mayBeV1File(file)).toBe(true);
    expect(mayBeV1File(join(folder, "nothing"))).toBe(false);
    writeFileSync(join(folder, "text"), "text");
    expect(mayBeV1File(join(folder, "text"))).toBe(false);
    const other = new DatabaseSync(join(folder, "other.db"));
    other.exec("CREATE TABLE messages (id, content)");
    other.close();
    expect(mayBeV1File(join(folder, "other.db"))).toBe(false);
  });

  test("cannot be said of a place that the system does not let us look at", () => {
    const loop = join(folder, "loop");
    symlinkSync(loop, loop);
    expect(() => mayBeV1File(loop)).toThrow(/loop cannot be looked for .*user that Sekha runs as/);
  });

  test("decides where version 2 has its rows when that file is configured", () => {
    writeV1Memory({ file });
    expect(rowsFile(file)).toBe(join(folder, "old", "sekha-v2.db"));
    expect(rowsFile(join(folder, "new.db"))).toBe(join(folder, "new.db"));
    appendFileSync(join(folder, "own.db"), "");
    expect(rowsFile(join(folder, "own.db"))).toBe(join(folder, "own.db"));
  });
});
