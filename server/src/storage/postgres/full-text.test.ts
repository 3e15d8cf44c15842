import { afterAll, beforeAll, expect } from "vitest";
import {
  hasPostgres,
  postgresForTests,
  type TestDatabase,
} from "../../../../test/support/postgres-server.ts";
import { silentLog as log } from "../../../../test/support/silent-log.ts";
import { where } from "../../../../test/support/skipping.ts";
import type { MessageFilter } from "../../core/conversations/conversation.ts";
import { inverseDocumentFrequency } from "../../core/search/window-evidence.ts";
import { conversationDraft, turn } from "../conformance/with-stores.ts";
import { createConversation } from "./conversation-writes.ts";
import { openPostgresStore, type PostgresStore } from "./postgres-store.ts";
import { scoredMessages } from "./text-scores.ts";

const CONVERSATIONS = 70;
const PER_CONVERSATION = 100;
const VOCABULARY = 300;

const { describe, test } = where(
  hasPostgres(),
  "a PostgreSQL server",
  "set SEKHA_TEST_POSTGRES_URL",
);

/** Word n stands in every (n+1)-th message or so; some messages say one thrice, some are long. */
function textOf(number: number): string {
  const words = Array.from({ length: VOCABULARY }, (_, word) => word).filter(
    (word) => (number * 7919 + word * 104_729) % (word + 2) === 0,
  );
  const said = words.flatMap((word) =>
    Array(number % 11 === word % 11 ? 3 : 1).fill(`word${word}`),
  );
  return [...said, ...Array(number % 90).fill("padding")].join(" ");
}

describe("a memory of which is kept where words stand", () => {
  let place: TestDatabase;
  let store: PostgresStore;
  beforeAll(async () => {
    place = await postgresForTests();
    store = await openPostgresStore({ url: place.url, maxConnections: 4, log });
    const drafts = Array.from({ length: CONVERSATIONS }, (_, conversation) =>
      conversationDraft({
        folder: conversation % 35 === 0 ? "/rare" : "/",
        messages: Array.from({ length: PER_CONVERSATION }, (_, position) =>
          turn(textOf(conversation * PER_CONVERSATION + position)),
        ),
      }),
    );
    await store.conversations.createMany("o", drafts);
  }, 120_000);
  afterAll(async () => {
    await store.close();
    await place.close();
  });

  async function found(words: readonly string[], filter: MessageFilter = {}, limit = 20) {
    return await store.index.searchText(
      "o",
      { kind: "words", words: [...words] },
      { filter, limit },
    );
  }

  /** Every message compared. */
  async function expected(words: readonly string[], filter: MessageFilter | null, limit = 20) {
    const { statistics } = await found(words);
    const terms = words.map((word) => ({
      query: `'${word}'`,
      weight: inverseDocumentFrequency(statistics.messages, statistics.frequencies[word] ?? 0),
    }));
    return await store.database.forOwner("o", async (session) => {
      const rows = await session.rows<{ message: number }>(
        `SELECT message_seq AS message FROM message_words WHERE words @@ $1::tsquery`,
        [words.map((word) => `'${word}'`).join(" | ")],
      );
      const search = { owner: "o", filter, limit, terms };
      return await scoredMessages(
        session,
        search,
        rows.map(({ message }) => message),
      );
    });
  }

  test("what is found first is what a comparison with every message finds first", async () => {
    for (const words of [
      ["word0", "word1", "word40", "word7"],
      ["word120", "word3", "word200"],
      ["word250"],
      ["word0", "word2"],
    ]) {
      const best = await expected(words, null);
      for (const _ of ["read", "kept"]) {
        const { hits, total, dropped } = await found(words);
        expect(total, words.join()).toBe(best.total);
        expect(dropped).toEqual([]);
        const [scores, wanted] = [hits, best.hits].map((list) =>
          list.slice(0, 10).map(({ score }) => Math.round(score * 1000)),
        );
        expect(scores, words.join()).toEqual(wanted);
      }
    }
  });

  test("a filter that few messages pass finds them all the same", async () => {
    for (const words of [
      ["word0", "word1"],
      ["word5", "word60"],
    ]) {
      const filter = { folder: "/rare" };
      const best = await expected(words, filter);
      const { hits } = await found(words, filter);
      expect(hits.length, words.join()).toBe(Math.min(20, best.total));
      expect(hits[0]?.score).toBeCloseTo(best.hits[0]?.score ?? 0, 3);
    }
  });

  test("expressions keep to what they say in a large memory", async () => {
    const query = { kind: "expression" as const, expression: "word0 AND word3 NOT word1" };
    const { hits, total } = await store.index.searchText("o", query, { filter: {}, limit: 300 });
    const messages = await store.index.hydrate(
      "o",
      hits.map(({ message }) => message),
    );
    expect(hits.length).toBe(300);
    expect(total).toBeGreaterThan(300);
    for (const { message } of messages) {
      const words = message.content.split(" ");
      expect([words.includes("word0"), words.includes("word3"), words.includes("word1")]).toEqual([
        true,
        true,
        false,
      ]);
    }
  });

  test("what another process commits late under a lower number is found, and what is deleted is not", async () => {
    const other = await openPostgresStore({ url: place.url, maxConnections: 2, log });
    try {
      const context = { now: 1, newId: () => crypto.randomUUID() };
      const draft = conversationDraft({ messages: [turn("word0 latecomer")] });
      const committed = Promise.withResolvers<void>();
      const written = Promise.withResolvers<void>();
      const late = other.database.forOwner("o", async (session) => {
        await createConversation(session, "o", { draft, context });
        written.resolve();
        await committed.promise;
      });
      await written.promise;
      const { conversation } = await store.conversations.create(
        "o",
        conversationDraft({ messages: [turn("word0 latecomer overtaking")] }),
      );
      for (const _ of ["read", "kept"]) {
        expect((await found(["latecomer"])).hits).toHaveLength(1);
      }
      committed.resolve();
      await late;
      for (const _ of ["read", "kept"]) {
        expect((await found(["latecomer"])).hits).toHaveLength(2);
        expect((await found(["latecomer", "word0"])).hits).toHaveLength(20);
      }
      await other.conversations.delete("o", [conversation.id]);
      const { hits } = await found(["latecomer"]);
      expect(hits).toHaveLength(1);
    } finally {
      await other.close();
    }
  });
});
