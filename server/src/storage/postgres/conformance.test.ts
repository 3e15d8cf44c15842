import { afterAll, beforeAll, describe, vi } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { where } from "../../../../test/support/skipping.ts";
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
import { openPostgresStore, type PostgresStore } from "./postgres-store.ts";

vi.setConfig({ testTimeout: 60_000 });

/** One store, emptied between tests: to make the schema for each would take most of the time. */
function describeAll(name: string, openDatabase: () => Promise<TestDatabase>): void {
  let place: TestDatabase;
  let store: PostgresStore;
  beforeAll(async () => {
    place = await openDatabase();
    store = await openPostgresStore({ url: place.url, maxConnections: 4, log });
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await place.close();
  });
  const open = async (): Promise<OpenStores> => ({ ...store, close: () => empty(store) });
  describeConversationStore(name, open);
  describeMessageIndex(name, open);
  describeEmbeddingQueue(name, open);
  describeImportance(name, open);
  describeJobStore(name, open);
  describeSummaryStore(name, open);
  describeFactStore(name, open);
  describeKeyStore(name, open);
  describeUserStore(name, open);
  describeCostStore(name, open);
  describeOwners(name, open);
}

async function empty({ database }: PostgresStore): Promise<void> {
  await database.asLogin(async (session) => {
    const tables = await session.rows<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname = 'sekha' AND tablename NOT IN ('schema_migrations', 'processes')`,
    );
    const names = tables.map(({ name }) => name).join(", ");
    await session.script(`TRUNCATE ${names} RESTART IDENTITY CASCADE`);
  });
}

describe("in PGlite", () => {
  describeAll("PostgreSQL in PGlite", pgliteForTests);
});

where(hasPostgres(), "a PostgreSQL server", "set SEKHA_TEST_POSTGRES_URL").describe(
  "on a server",
  () => {
    describeAll("PostgreSQL", postgresForTests);
  },
);
