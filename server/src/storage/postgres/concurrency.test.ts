import { afterAll, beforeAll, expect } from "vitest";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { where } from "../../../../test/support/skipping.ts";
import { conversationDraft, turn } from "../conformance/with-stores.ts";
import { openPostgresStore, type PostgresStore } from "./postgres-store.ts";

const WRITERS = 8;

const { describe, test } = where(
  hasPostgres(),
  "a PostgreSQL server",
  "set SEKHA_TEST_POSTGRES_URL",
);

describe("two processes on one PostgreSQL", () => {
  let place: TestDatabase;
  let stores: PostgresStore[];
  beforeAll(async () => {
    place = await postgresForTests();
    const open = () => openPostgresStore({ url: place.url, maxConnections: WRITERS, log });
    // Both find an empty database.
    stores = await Promise.all([open(), open()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await place.close();
  });

  /** Each writer of each process, at once. */
  async function fromAll<T>(work: (store: PostgresStore, writer: string) => Promise<T>) {
    return await Promise.all(
      stores.flatMap((store, process) =>
        Array.from({ length: WRITERS }, (_, writer) => work(store, `${process}.${writer}`)),
      ),
    );
  }

  test("what all write at once is all there, in order within each conversation", async () => {
    await fromAll(async ({ conversations }, writer) => {
      for (let number = 0; number < 5; number += 1) {
        await conversations.create("all", conversationDraft({ label: `${writer}.${number}` }));
      }
    });
    const [first] = stores;
    const { items, total } = (await first?.conversations.list(
      "all",
      {},
      { limit: 100, offset: 0 },
    )) ?? { items: [], total: 0 };
    expect(total).toBe(2 * WRITERS * 5);
    expect(new Set(items.map((item) => item.label)).size).toBe(total);
    const id = items[0]?.id ?? "";
    await fromAll(({ conversations }, writer) =>
      conversations.append("all", id, [turn(`from ${writer}`), turn("more")]),
    );
    const page = await first?.conversations.messages("all", id, { limit: 100, offset: 0 });
    expect(page?.items.map((message) => message.position)).toEqual(
      Array.from({ length: 1 + 4 * WRITERS }, (_, position) => position),
    );
    expect(page?.total).toBe(1 + 4 * WRITERS);
  });

  test("one idempotency key stores one conversation, whichever process it reaches", async () => {
    const claim = { key: "k", bodyHash: "h" };
    const outcomes = await fromAll(({ conversations }) =>
      conversations.create("once", conversationDraft(), claim),
    );
    expect(outcomes.filter((outcome) => !outcome.replayed)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.conversation.id)).size).toBe(1);
    expect((await stores[1]?.conversations.counts("once", {}))?.total).toBe(1);
  });

  test("the same file imported by both is there once", async () => {
    const identity = { source: "chatgpt", externalId: "x" };
    const messages = [turn("a", { importKey: "1" }), turn("b", { importKey: "2" })];
    const outcomes = await fromAll(({ conversations }) =>
      conversations.import("imports", identity, conversationDraft({ messages })),
    );
    const states = outcomes.map((outcome) => outcome.state).sort();
    expect(states).toEqual(["created", ...Array(2 * WRITERS - 1).fill("unchanged")]);
  });

  test("a task is claimed once, and what a closed process had claimed comes back", async () => {
    const messages = Array.from({ length: 200 }, (_, number) => turn(`text ${number}`));
    await stores[0]?.conversations.create("claims", conversationDraft({ messages }));
    const now = Date.now() + 60_000;
    // So few that neither process can take all, whichever is faster.
    const claims = await fromAll(({ queue }) => queue.claim({ limit: 20, now, leaseMs: 1e9 }));
    const claimed = claims.flat().map((task) => task.message);
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed.length).toBeGreaterThanOrEqual(200);
    // The other process lives, so its claims stay its own.
    const own = await stores[0]?.queue.releaseClaims();
    expect(own).toBeLessThan(claimed.length);
    await stores[1]?.close();
    expect(await stores[0]?.queue.releaseClaims()).toBe(claimed.length - (own ?? 0));
    stores = [
      ...stores.slice(0, 1),
      await openPostgresStore({ url: place.url, maxConnections: WRITERS, log }),
    ];
  });

  test("connections that the server ends lose nothing that was acknowledged and double nothing", async () => {
    const acknowledged: string[] = [];
    const refused: string[] = [];
    let isOver = false;
    const killing = (async () => {
      for (let round = 0; round < 10 && !isOver; round += 1) await endConnections(stores[1]);
    })();
    await fromAll(async ({ conversations }, writer) => {
      for (let number = 0; number < 15; number += 1) {
        const id = `${writer}.${number}`;
        try {
          await conversations.create("kills", conversationDraft({ id }), {
            key: id,
            bodyHash: id,
          });
          acknowledged.push(id);
        } catch (error) {
          expect(error).toMatchObject({ code: "unavailable", retryAfterSeconds: 2 });
          refused.push(id);
        }
      }
    });
    isOver = true;
    await killing;
    // Sent again under its key, each is there once.
    for (const id of refused) {
      const draft = conversationDraft({ id });
      await stores[0]?.conversations.create("kills", draft, { key: id, bodyHash: id });
    }
    const stored = await stores[0]?.conversations.ids("kills", {}, 1000);
    expect(stored?.toSorted()).toEqual([...acknowledged, ...refused].sort());
    expect(stored).toHaveLength(2 * WRITERS * 15);
  }, 60_000);
});

async function endConnections(store: PostgresStore | undefined): Promise<void> {
  await store?.database
    .asLogin((session) =>
      session.rows(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3`,
      ),
    )
    .catch(() => undefined);
}
