import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Connection } from "../../sqlite/connection.ts";
import { FullText } from "../../sqlite/full-text.ts";
import { type OperationContext, READS, WRITES } from "../../sqlite/operations.ts";
import type { VectorStoreWorld } from "../conformance.ts";
import { SqliteWorld } from "../sqlite-world.ts";
import {
  type ChromaVectorStore,
  type ChromaVectorStoreOptions,
  createChromaVectorStore,
} from "./chroma-vector-store.ts";

/** A memory whose vectors stand in a Chroma server, for tests: real rows, a database of its own in Chroma. */
export interface ChromaWorld extends VectorStoreWorld {
  store: ChromaVectorStore;
  rows: SqliteWorld;
  options: ChromaVectorStoreOptions;
  /** What was logged, one line each. */
  lines: string[];
  /** Another store on the same rows, as after a restart. */
  again(changes?: Partial<ChromaVectorStoreOptions>): ChromaVectorStore;
}

const sleep = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

export async function openChromaWorld(
  url: string,
  changes: Partial<ChromaVectorStoreOptions> = {},
): Promise<ChromaWorld> {
  const rows = new SqliteWorld();
  const connection = new Connection(rows.file, { readOnly: false, cacheMegabytes: 8 });
  const lines: string[] = [];
  const line = (message: string) => void lines.push(message);
  const options: ChromaVectorStoreOptions = {
    ...{ url, tenant: "default_tenant", database: `test-${randomUUID()}` },
    ...{ sleep, random: () => 0, clock: () => Date.now(), newId: () => randomUUID() },
    log: { debug: line, info: line, warn: line, error: line },
    rows: rowsOf(connection),
    legacy: { owner: "ann", modelOf: () => null },
    ...changes,
  };
  const stores: ChromaVectorStore[] = [];
  const open = (more: Partial<ChromaVectorStoreOptions> = {}) => {
    const opened = createChromaVectorStore({ ...options, ...more });
    stores.push(opened);
    return opened;
  };
  const store = open();
  return {
    ...{ store, rows, options, lines, again: open },
    put: async (conversation) => rows.put(conversation),
    // In the order of the embedding queue: the rows last.
    embed: async (owner, model, entries) => {
      await store.add(owner, model, entries);
      rows.embed(owner, model, entries);
    },
    delete: async (owner, conversations) => {
      rows.delete(conversations);
      await store.remove(owner, conversations);
    },
    close: async () => {
      await Promise.all(stores.map((one) => one.close()));
      connection.close();
      rows.close();
    },
  };
}

/** SQLite's own operations without their threads, which cost a test more than its work does. */
function rowsOf(connection: Connection): ChromaVectorStoreOptions["rows"] {
  const context: OperationContext = {
    connection,
    fullText: new FullText(connection),
    write: { now: 0, newId: () => randomUUID() },
  };
  return {
    index: {
      briefs: async (owner, messages, filter) => READS.briefs(context, { owner, messages, filter }),
    },
    conversations: {
      ids: async (owner, filter, limit) => READS.ids(context, { owner, filter, limit }),
    },
    queue: {
      complete: async (model, results) => WRITES.complete(context, { model, results }),
    },
    vectors: {
      locate: async (owner, ids) => READS.locate(context, { owner, ids }),
      describe: async (owner, messages) => READS.describe(context, { owner, messages }),
      vectorsOf: async (owner, modelId, messages) =>
        READS.vectorsOf(context, { owner, modelId, messages }),
      chunksOf: async (owner, modelId, messages) =>
        READS.chunksOf(context, { owner, modelId, messages }),
      vectorsAfter: async (page) => READS.vectorsAfter(context, page),
      vectorCounts: async () => READS.vectorCounts(context, {}),
      collections: async (owner) => READS.vectorCollections(context, { owner }),
      note: async (key) => READS.note(context, { key }),
      setNote: async (key, value) => {
        WRITES.writeNote(context, { key, value, once: false });
      },
      noteOnce: async (key, value) => WRITES.writeNote(context, { key, value, once: true }),
    },
  };
}
