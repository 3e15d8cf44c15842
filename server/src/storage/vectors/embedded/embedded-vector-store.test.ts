import { join } from "node:path";
import { describeVectorStore } from "../conformance.ts";
import { SqliteWorld } from "../sqlite-world.ts";
import { createEmbeddedVectorStore } from "./embedded-vector-store.ts";

describeVectorStore("the embedded engine", async () => {
  const rows = new SqliteWorld();
  const store = createEmbeddedVectorStore({
    databaseFile: rows.file,
    directory: join(rows.folder, "vectors"),
    log: () => undefined,
  });
  return {
    store,
    put: async (conversation) => rows.put(conversation),
    embed: async (owner, model, entries) => {
      rows.embed(owner, model, entries);
      await store.add();
    },
    delete: async (owner, conversations) => {
      rows.delete(conversations);
      await store.remove(owner, conversations);
    },
    close: async () => {
      await store.close();
      rows.close();
    },
  };
});
