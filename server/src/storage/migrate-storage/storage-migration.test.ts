import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { openPostgresStore } from "../postgres/postgres-store.ts";
import { openSqliteStore } from "../sqlite/sqlite-store.ts";
import { ensureExtension } from "../vectors/pgvector/extension.ts";
import { openPgvectorStore } from "../vectors/pgvector/pgvector-store.ts";
import { PgvectorTables } from "../vectors/pgvector/vector-tables.ts";
import { filledSqlite, MODEL } from "./__fixtures__/filled-sqlite.ts";
import { PostgresRows } from "./postgres-rows.ts";
import { readSqliteRows, writeSqliteRows } from "./sqlite-rows.ts";
import { StorageMigration } from "./storage-migration.ts";
import { refuseHalfMigrated } from "./unfinished-migration.ts";

const ignored = () => undefined;
const { signal } = new AbortController();
const run = { signal, onProgress: ignored };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "sekha-migration-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function opened(open: () => Promise<TestDatabase>): Promise<string> {
  const place = await open();
  onTestFinished(() => place.close());
  return place.url;
}

async function postgresRows(url: string): Promise<PostgresRows> {
  const database = await openDatabase({ url, maxConnections: 2, log });
  const tables = new PgvectorTables(database, await ensureExtension(database));
  return new PostgresRows({ database, tables, name: "postgresql://test" });
}

/** Runs one migration to its end, or to where `interrupt` says. */
async function migrated(migration: StorageMigration, interrupt?: (done: number) => boolean) {
  const stopping = new AbortController();
  try {
    return await migration.migrate({
      signal: stopping.signal,
      onProgress: (phase, done) => {
        if (phase === "copying" && interrupt?.(done) === true) stopping.abort(new Error("killed"));
      },
    });
  } finally {
    await migration.close();
  }
}

const engines = [
  ["PGlite", pgliteForTests] as const,
  ...(hasPostgres() ? [["PostgreSQL", postgresForTests] as const] : []),
];

describe.each(engines)(
  "a memory moved between SQLite and %s",
  { timeout: 60_000 },
  (_name, open) => {
    it("arrives whole, comes back whole, and its source is as it was [req:migrate-storage.round-trip]", async () => {
      const place = folder();
      const file = join(place, "source.db");
      await filledSqlite(file);
      const before = readFileSync(file);
      const url = await opened(open);
      const there = await migrated(
        new StorageMigration(readSqliteRows(file), await postgresRows(url)),
      );
      expect(there.verified).toMatchObject({ differing: 0, conversations: 13, messages: 485 });
      expect(readFileSync(file).equals(before)).toBe(true);

      const back = join(place, "back.db");
      const again = await migrated(
        new StorageMigration(await postgresRows(url), writeSqliteRows(back)),
      );
      expect(again.verified.digest).toBe(there.verified.digest);
      const both = new StorageMigration(readSqliteRows(file), writeSqliteRows(back));
      expect((await both.verify(run)).differing).toBe(0);
      await both.close();

      const store = await openSqliteStore({ file: back, readers: 1 });
      const found = await store.index.searchText(
        "local",
        { kind: "words", words: ["tulip"] },
        { filter: {}, limit: 3 },
      );
      expect(found.hits).toHaveLength(3);
      await store.close();
    });

    it("can be searched by word and by meaning, and grows there", async () => {
      const file = join(folder(), "source.db");
      await filledSqlite(file);
      const url = await opened(open);
      await migrated(new StorageMigration(readSqliteRows(file), await postgresRows(url)));
      const rows = await openPostgresStore({ url, maxConnections: 2, log });
      const vectors = await openPgvectorStore({ database: rows.database, log, clock: () => 0 });
      onTestFinished(async () => {
        await vectors.close();
        await rows.close();
      });
      const words = await rows.index.searchText(
        "local",
        { kind: "words", words: ["tulip"] },
        { filter: {}, limit: 3 },
      );
      expect(words.hits).toHaveLength(3);
      const near = await vectors.search("local", {
        model: MODEL,
        vector: Float32Array.from([1, 0, 0, 0]),
        filter: {},
        limit: 2,
      });
      expect(near).toHaveLength(2);
      const draft = { label: "new", folder: "/", messages: [{ role: "user", content: "a tulip" }] };
      const { conversation } = await rows.conversations.create("local", draft);
      expect(conversation.messageCount).toBe(1);
      await expect(refuseHalfMigrated(rows.database)).resolves.toBeUndefined();
    });

    it("goes on where it was broken off, and nobody works on the half of it [req:migrate-storage.resumed]", async () => {
      const place = folder();
      const file = join(place, "source.db");
      await filledSqlite(file);
      const url = await opened(open);
      const batch = { batch: 100 };
      const first = new StorageMigration(readSqliteRows(file), await postgresRows(url), batch);
      await expect(migrated(first, (done) => done > 400)).rejects.toThrow("killed");
      const half = await openDatabase({ url, maxConnections: 1, log });
      await expect(refuseHalfMigrated(half)).rejects.toMatchObject({ code: "conflict" });
      await half.close();
      const second = new StorageMigration(readSqliteRows(file), await postgresRows(url));
      const plan = await second.plan();
      expect(plan.state).toBe("unfinished");
      const report = await migrated(second);
      expect(report.copied).toBe(plan.rows - plan.written);
      expect(report.verified.differing).toBe(0);
      const third = await migrated(
        new StorageMigration(readSqliteRows(file), await postgresRows(url)),
      );
      expect(third).toMatchObject({ state: "done", copied: 0 });
    });

    it("is not mixed with another", async () => {
      const place = folder();
      const [file, other] = [join(place, "a.db"), join(place, "b.db")];
      await filledSqlite(file);
      await filledSqlite(other);
      const url = await opened(open);
      const rows = await openPostgresStore({ url, maxConnections: 2, log });
      const draft = { label: "mine", folder: "/", messages: [{ role: "user", content: "here" }] };
      const { conversation } = await rows.conversations.create("local", draft);
      const refused = new StorageMigration(readSqliteRows(file), await postgresRows(url));
      await expect(migrated(refused)).rejects.toThrow(/not empty \(1 in conversations/u);
      await rows.conversations.delete("local", [conversation.id]);
      await rows.close();
      await migrated(new StorageMigration(readSqliteRows(file), await postgresRows(url)));
      const second = new StorageMigration(readSqliteRows(other), await postgresRows(url));
      await expect(migrated(second)).rejects.toThrow(/another migration/u);
    });

    it("is found out when it was changed behind", async () => {
      const file = join(folder(), "source.db");
      await filledSqlite(file);
      const url = await opened(open);
      await migrated(new StorageMigration(readSqliteRows(file), await postgresRows(url)));
      const rows = await postgresRows(url);
      const database = await openDatabase({ url, maxConnections: 1, log });
      await database.asService(async (session) => {
        await session.execute("UPDATE messages SET content = content || '!' WHERE seq = 7");
        await session.execute("UPDATE conversations SET pinned = 1 - pinned WHERE seq = 9");
      });
      await database.close();
      const migration = new StorageMigration(readSqliteRows(file), rows);
      const { differing, differences } = await migration.verify(run);
      expect(differing).toBe(2);
      expect(differences).toEqual(["conversations 9", "messages of conversation 1"]);
      await migration.close();
    });
  },
);
