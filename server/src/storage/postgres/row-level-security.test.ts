import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { where } from "../../../../test/support/skipping.ts";
import { conversationDraft, turn } from "../conformance/with-stores.ts";
import { openPostgresStore, type PostgresStore } from "./postgres-store.ts";

const OWNERS = ["ada", "bob"];
const MODEL = { name: "m", id: "m@1", dimension: 2 };

/** Something of this owner in every table. */
async function fill(store: PostgresStore, owner: string): Promise<void> {
  const { conversations, database, jobs, keys, costs, queue } = store;
  const draft = conversationDraft({ tags: ["t"], messages: [turn("secret"), turn("plan")] });
  await conversations.create(owner, draft, { key: "k", bodyHash: "h" });
  await conversations.import(owner, { source: "s", externalId: "x" }, conversationDraft());
  const tasks = await queue.claim({ limit: 99, now: Date.now() + 1000, leaseMs: 0 });
  const task = tasks.find((claimed) => claimed.owner === owner);
  const vector = new Float32Array([1, 0]);
  const entry = { message: task?.message ?? 0, conversation: task?.conversation ?? 0, vector };
  await queue.complete(MODEL, [
    { owner, message: entry.message, vectors: [{ ...entry, chunk: 0, start: 0, end: 1 }] },
  ]);
  await jobs.put(owner, {
    id: `job of ${owner}`,
    kind: "import",
    state: "queued",
    progress: { done: 0, total: 1 },
    detail: {},
    error: null,
    createdAt: 1,
    updatedAt: 1,
  });
  await keys.create(
    {
      id: `key of ${owner}`,
      owner,
      name: "n",
      prefix: "p",
      scopes: ["read"],
      createdAt: 1,
      expiresAt: null,
      rotatedAt: null,
      previousUntil: null,
      lastUsedAt: null,
      revokedAt: null,
    },
    `hash of ${owner}`,
  );
  const cost = { provider: "p", model: "m", task: "t", key: "", day: "2026-11-25", nano: 1n };
  const tokens = { promptTokens: 1, completionTokens: 1, cachedTokens: 0 };
  const spent = { owner, id: "1", ...cost, ...tokens, state: "settled" as const };
  await costs.write({ reserve: [{ ...spent, id: "2" }], settle: [spent], release: [] });
  await database.forOwner(owner, async (session) => {
    await session.execute("INSERT INTO settings (owner, key, value) VALUES ($1, 'k', 'v')", [
      owner,
    ]);
    await session.execute(
      `INSERT INTO summaries (owner, level, text, range_start, range_end, model, generated_at)
       VALUES ($1, 'daily', 't', 0, 1, 'm', 0)`,
      [owner],
    );
    await session.execute(
      `INSERT INTO facts (owner, message_seq, subject, subject_key, attribute, value, model)
       SELECT owner, min(seq), 's', 's', 'a', 'v', 'm' FROM messages WHERE owner = $1 GROUP BY owner`,
      [owner],
    );
  });
}

function ownersOf(rows: readonly { owner: string }[]): string[] {
  return rows.map(({ owner }) => owner).sort();
}

/** What a database keeps apart although a statement forgets to say whose rows it wants. */
function describeSecurity(openDatabase: () => Promise<TestDatabase>, hasRoles: boolean): void {
  let place: TestDatabase;
  let store: PostgresStore;
  let tables: string[];
  beforeAll(async () => {
    place = await openDatabase();
    store = await openPostgresStore({ url: place.url, maxConnections: 2, log });
    for (const owner of OWNERS) await fill(store, owner);
    const rows = await store.database.asLogin((session) =>
      session.rows<{ name: string }>(
        `SELECT table_name::text AS name FROM information_schema.columns
         WHERE table_schema = 'sekha' AND column_name = 'owner' ORDER BY 1`,
      ),
    );
    // Without roles the index of words is open to the login role (docs/decisions/postgres.md).
    tables = rows.map(({ name }) => name).filter((name) => hasRoles || name !== "message_words");
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await place.close();
  });

  test("the expected protection is in place", () => {
    expect(store.database.access).toMatchObject({ isEnforced: true });
    expect(store.database.access?.roles === null).toBe(!hasRoles);
    expect(tables.length).toBeGreaterThanOrEqual(13);
  });

  test("an owner's transaction reads, changes and deletes no row of another [req:storage.rls]", async () => {
    for (const table of tables) {
      const counts = await store.database.asService((session) =>
        session.rows<{ owner: string }>(`SELECT owner FROM ${table} WHERE owner <> ''`),
      );
      expect(new Set(counts.map(({ owner }) => owner)), table).toEqual(new Set(OWNERS));
      await store.database.forOwner("ada", async (session) => {
        const seen = await session.rows<{ owner: string }>(`SELECT owner FROM ${table}`);
        expect(new Set(seen.map(({ owner }) => owner)), table).toEqual(new Set(["ada"]));
        const changed = await session.execute(`UPDATE ${table} SET owner = owner`);
        expect(changed, table).toBe(seen.length);
      });
      const stolen = store.database.forOwner("ada", (session) =>
        session.execute(`UPDATE ${table} SET owner = 'bob'`),
      );
      await expect(stolen, table).rejects.toThrow(/row-level security/);
      const after = await store.database.asService((session) =>
        session.rows<{ owner: string }>(`SELECT owner FROM ${table} WHERE owner <> ''`),
      );
      expect(ownersOf(after), table).toEqual(ownersOf(counts));
    }
    const deleting = store.database.forOwner("ada", async (session) => {
      const deleted = await session.execute("DELETE FROM conversations");
      expect(deleted).toBe(2);
      throw new Error("undone");
    });
    await expect(deleting).rejects.toThrow("undone");
  });

  test("nobody can write a row in another's name [req:storage.rls]", async () => {
    const forged = store.database.forOwner("ada", (session) =>
      session.execute("INSERT INTO settings (owner, key, value) VALUES ('bob', 'forged', '')"),
    );
    await expect(forged).rejects.toThrow(/row-level security/);
  });

  test("without an owner nothing is seen, and words are found of nobody [req:storage.rls]", async () => {
    const client = new pg.Client({ connectionString: place.url });
    await client.connect();
    try {
      await client.query("SET search_path = sekha");
      const { roles } = store.database.access ?? { roles: null };
      if (roles !== null) await client.query(`SET ROLE "${roles.owner}"`);
      for (const table of tables) {
        const { rows } = await client.query(`SELECT owner FROM ${table}`);
        expect(rows, table).toEqual([]);
      }
      // Asked of the index of words, and of the newest messages.
      for (const after of [0, 1]) {
        const found = await client.query(
          `SELECT messages FROM text_postings(ARRAY['''secret'''::tsquery], ARRAY[${after}], 9, 9, 9)`,
        );
        expect(found.rows).toEqual([{ messages: null }]);
      }
      await client.query("RESET ROLE");
    } finally {
      await client.end();
    }
  });
}

describe("row-level security by roles, in PGlite", () => {
  describeSecurity(pgliteForTests, true);
});

where(hasPostgres(), "a PostgreSQL server", "set SEKHA_TEST_POSTGRES_URL").describe(
  "row-level security without the right to make roles",
  () => {
    describeSecurity(postgresForTests, false);
  },
);
