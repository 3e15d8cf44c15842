import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll } from "vitest";
import { describeConversationStore } from "../conformance/conversation-store.ts";
import { describeCostStore } from "../conformance/cost-store.ts";
import { describeEmbeddingQueue } from "../conformance/embedding-queue.ts";
import { describeFactStore } from "../conformance/facts.ts";
import { describeImportance } from "../conformance/importance.ts";
import { describeJobStore } from "../conformance/jobs.ts";
import { describeKeyStore } from "../conformance/keys.ts";
import { describeMessageIndex } from "../conformance/message-index.ts";
import { describeOwners } from "../conformance/owners.ts";
import type { OpenStores } from "../conformance/stores.ts";
import { describeSummaryStore } from "../conformance/summaries.ts";
import { describeUserStore } from "../conformance/users.ts";
import type { RowStore } from "../row-store.ts";
import { BUSY_TIMEOUT_MS } from "./sql-connection.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let folder: string;
let store: RowStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sekha-sqlite-"));
  store = await openSqliteStore({ file: join(folder, "sekha.db"), readers: 1 });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** One store, emptied between tests: to start its threads for each would take most of the time. */
async function open(): Promise<OpenStores> {
  return { ...store, close: async () => empty(join(folder, "sekha.db")) };
}

function empty(file: string): void {
  const database = new DatabaseSync(file, {
    enableForeignKeyConstraints: false,
    timeout: BUSY_TIMEOUT_MS,
  });
  const tables = database
    .prepare(
      `SELECT name FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND name NOT IN ('settings', 'sqlite_schema')`,
    )
    .all();
  database.exec(`BEGIN IMMEDIATE;
    ${tables.map(({ name }) => `DELETE FROM "${name}";`).join("\n")}
    INSERT INTO messages_fts (messages_fts) VALUES ('delete-all');
    INSERT INTO messages_trigram (messages_trigram) VALUES ('delete-all');
    -- The threads forget what they know of messages (word-postings.ts).
    DELETE FROM settings WHERE key <> 'deletions';
    INSERT INTO settings (owner, key, value) VALUES ('', 'deletions', '1')
      ON CONFLICT (owner, key) DO UPDATE SET value = value + 1;
    COMMIT`);
  database.close();
}

describeConversationStore("SQLite", open);
describeMessageIndex("SQLite", open);
describeEmbeddingQueue("SQLite", open);
describeImportance("SQLite", open);
describeJobStore("SQLite", open);
describeSummaryStore("SQLite", open);
describeFactStore("SQLite", open);
describeKeyStore("SQLite", open);
describeCostStore("SQLite", open);
describeOwners("SQLite", open);
describeUserStore("SQLite", open);
