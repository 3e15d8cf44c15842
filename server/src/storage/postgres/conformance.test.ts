import { describe } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { describeConversationStore } from "../conformance/conversation-store.ts";
import { describeCostStore } from "../conformance/cost-store.ts";
import { describeEmbeddingQueue } from "../conformance/embedding-queue.ts";
import { describeJobStore } from "../conformance/jobs.ts";
import { describeKeyStore } from "../conformance/keys.ts";
import { describeMessageIndex } from "../conformance/message-index.ts";
import { describeOwners } from "../conformance/owners.ts";
import type { OpenStores } from "../conformance/stores.ts";
import { describeUserStore } from "../conformance/users.ts";
import { openPostgresStore } from "./postgres-store.ts";

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function storesIn(openDatabase: () => Promise<TestDatabase>, maxConnections: number) {
  return async (): Promise<OpenStores> => {
    const place = await openDatabase();
    const store = await openPostgresStore({ url: place.url, maxConnections, log });
    return {
      ...store,
      close: async () => {
        await store.close();
        await place.close();
      },
    };
  };
}

function describeAll(name: string, open: () => Promise<OpenStores>): void {
  describeConversationStore(name, open);
  describeMessageIndex(name, open);
  describeEmbeddingQueue(name, open);
  describeJobStore(name, open);
  describeKeyStore(name, open);
  describeUserStore(name, open);
  describeCostStore(name, open);
  describeOwners(name, open);
}

describeAll("PostgreSQL in PGlite", storesIn(pgliteForTests, 4));

describe.skipIf(!hasPostgres())("on a server", () => {
  describeAll("PostgreSQL", storesIn(postgresForTests, 4));
});
