import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { pgliteForTests } from "../../../../test/support/pglite-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { openDatabase } from "./open-database.ts";
import { openPostgresStore } from "./postgres-store.ts";

describe("a database of PostgreSQL", () => {
  test("written by a newer Sekha is left alone", async () => {
    const place = await pgliteForTests();
    const database = await openDatabase({ url: place.url, maxConnections: 1, log });
    await database.asLogin((session) =>
      session.execute("INSERT INTO schema_migrations (number, name) VALUES (99, 'later')"),
    );
    await database.close();
    const again = openDatabase({ url: place.url, maxConnections: 1, log });
    await expect(again).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("newer Sekha"),
    });
    await place.close();
  }, 120_000);

  test("is opened again as it was, says how it is backed up, and is sound", async () => {
    const place = await pgliteForTests();
    const options = { url: place.url, maxConnections: 2, log };
    const first = await openPostgresStore(options);
    const { conversation } = await first.conversations.create("o", {
      label: "Kept",
      folder: "/",
      messages: [{ role: "user", content: "hello" }],
    });
    await first.close();
    const second = await openPostgresStore(options);
    expect(await second.conversations.get("o", conversation.id)).toEqual(conversation);
    expect(await second.totals()).toEqual({ conversations: 1, messages: 1, vectors: 0 });
    await second.check();
    await expect(second.backup("file")).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("pg_dump"),
    });
    await second.close();
    await place.close();
  }, 120_000);

  test("that does not answer is unavailable, with the time to come back", async () => {
    const closed = openDatabase({
      url: "postgresql://nobody@127.0.0.1:1/none",
      maxConnections: 1,
      log,
      retryForMs: 100,
    });
    await expect(closed).rejects.toMatchObject({
      code: "unavailable",
      retryAfterSeconds: 2,
      message: expect.stringContaining("ECONNREFUSED"),
    });
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    const waiting = openDatabase({
      url: `postgresql://nobody@127.0.0.1:${port}/none`,
      maxConnections: 1,
      log,
      connectTimeoutMs: 100,
      retryForMs: 100,
    });
    await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
    silent.close();
  });

  test("whose connections are all in use says so, and how to get more", async () => {
    const place = await pgliteForTests();
    const options = { url: place.url, maxConnections: 1, log };
    const database = await openDatabase({ ...options, connectTimeoutMs: 500, retryForMs: 0 });
    const held = await database.pool.connect();
    const waiting = database.asService((session) => session.rows("SELECT 1"));
    await expect(waiting).rejects.toMatchObject({
      ...{ code: "unavailable", retryAfterSeconds: 2 },
      message: expect.stringMatching(/in use .* max_connections/),
    });
    held.release();
    await database.close();
    await place.close();
  }, 120_000);
});
