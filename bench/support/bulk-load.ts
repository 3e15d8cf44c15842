import { LOCAL_OWNER } from "../../server/src/core/conversations/conversation.ts";
import { EMBEDDED_MODEL_IDENTITY } from "../../server/src/llm/providers/builtin/embedded-model.ts";
import { createFolders, dataDirectoryAt } from "../../server/src/storage/data-directory.ts";
import type { RowStore } from "../../server/src/storage/row-store.ts";
import { openSqliteStore } from "../../server/src/storage/sqlite/sqlite-store.ts";
import { type Corpus, type MadeVectors, madeConversation, PER_CONVERSATION } from "./corpus.ts";
import { progress } from "./report.ts";

const BATCH = 50;
const CLAIM = 500;
const LEASE_MS = 600_000;

/** What was loaded so far, to go on from. */
export interface Loaded {
  messages: number;
}

/**
 * Fills a data directory up to so many messages, the product stopped. Rows go through the store as
 * always; their vectors are made, since embedding a million messages would take hours.
 */
export async function loadUpTo(
  directory: string,
  loaded: Loaded,
  source: { corpus: Corpus; vectors: MadeVectors; messages: number; expected: number },
): Promise<void> {
  const files = dataDirectoryAt(directory);
  createFolders(files);
  const store = await openSqliteStore({ file: files.database, readers: 1 });
  const startedAt = performance.now();
  const before = loaded.messages;
  let saidAt = startedAt;
  try {
    while (loaded.messages < source.messages) {
      await loadBatch(store, loaded, source);
      if (performance.now() - saidAt < 10_000) continue;
      saidAt = performance.now();
      const rate = ((loaded.messages - before) * 1000) / (saidAt - startedAt);
      progress(`  loaded ${loaded.messages} of ${source.messages}, ${rate.toFixed(0)} messages/s`);
    }
  } finally {
    await store.close();
  }
}

async function loadBatch(
  { conversations, queue }: RowStore,
  loaded: Loaded,
  source: { corpus: Corpus; vectors: MadeVectors; messages: number; expected: number },
): Promise<void> {
  const first = loaded.messages / PER_CONVERSATION;
  const left = Math.ceil((source.messages - loaded.messages) / PER_CONVERSATION);
  const drafts = Array.from({ length: Math.min(BATCH, left) }, (_, at) =>
    madeConversation(source.corpus, first + at, source.expected / PER_CONVERSATION),
  );
  await conversations.createMany(LOCAL_OWNER, drafts);
  for (;;) {
    const tasks = await queue.claim({ limit: CLAIM, now: Date.now(), leaseMs: LEASE_MS });
    if (tasks.length === 0) break;
    const results = tasks.map((task) => ({
      owner: task.owner,
      message: task.message,
      vectors: source.vectors.entriesFor(task),
    }));
    await queue.complete(EMBEDDED_MODEL_IDENTITY, results);
  }
  loaded.messages += drafts.length * PER_CONVERSATION;
}
