import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { openSqliteStore } from "./sqlite-store.ts";

async function open(): Promise<OpenStores> {
  const folder = await mkdtemp(join(tmpdir(), "sekha-sqlite-"));
  const store = await openSqliteStore({ file: join(folder, "sekha.db"), readers: 1 });
  return {
    ...store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
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
