import { pgliteForTests } from "../../../../../test/support/pglite-server.ts";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../../test/support/silent-log.ts";
import { describeVectorStore, type VectorStoreWorld } from "../conformance.ts";
import { PostgresWorld } from "../postgres-world.ts";
import { openPgvectorStore } from "./pgvector-store.ts";

function worldIn(open: () => Promise<TestDatabase>, mostExact?: number) {
  return async (): Promise<VectorStoreWorld> => {
    const place = await open();
    const world = await PostgresWorld.open(place.url);
    const { database } = world;
    const store = await openPgvectorStore({
      database,
      log,
      clock: () => 0,
      ...(mostExact === undefined ? {} : { mostExact }),
    });
    return {
      store,
      put: (conversation) => world.put(conversation),
      embed: (owner, model, entries) =>
        world.embed(owner, { model, tables: store.tables }, entries),
      delete: async (owner, conversations) => {
        await world.delete(owner, conversations);
        await store.remove(owner, conversations);
      },
      close: async () => {
        await store.close();
        await database.close();
        await place.close();
      },
    };
  };
}

describeVectorStore("pgvector in PGlite", worldIn(pgliteForTests));

if (hasPostgres()) {
  describeVectorStore("pgvector in PostgreSQL", worldIn(postgresForTests));
}
