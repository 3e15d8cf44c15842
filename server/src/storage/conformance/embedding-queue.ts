import { describe, expect } from "vitest";
import type { EmbeddingTask } from "../../core/ports/embedding-queue.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const MODEL = { name: "m", id: "m@1", dimension: 2 };
/** Later than anything stored during a test. */
const NOW = Date.now() + 3_600_000;
const claim = { limit: 10, now: NOW, leaseMs: 1000 };

async function storeMessages({ conversations }: OpenStores, count: number): Promise<string> {
  const messages = Array.from({ length: count }, (_, number) => turn(`text ${number}`));
  return (await conversations.create("o", conversationDraft({ messages }))).conversation.id;
}

function result({ owner, message, conversation }: EmbeddingTask) {
  const vector = new Float32Array([0.6, 0.8]);
  return {
    owner,
    message,
    vectors: [{ message, conversation, chunk: 0, start: 0, end: 4, vector }],
  };
}

/** What every EmbeddingQueue must do. */
export function describeEmbeddingQueue(name: string, open: StoresFactory): void {
  describe(`${name} as an EmbeddingQueue`, () => {
    describeClaims(open);
    describeFailures(open);
    describeRebuilds(open);
  });
}

function describeClaims(open: StoresFactory): void {
  const check = testWith(open);
  check("stored text waits in order and is handed to one claimant only", async (stores) => {
    await storeMessages(stores, 30);
    const claims = await Promise.all(Array.from({ length: 5 }, () => stores.queue.claim(claim)));
    const messages = claims.flat().map((task) => task.message);
    expect(new Set(messages).size).toBe(30);
    expect(messages).toHaveLength(30);
    expect(claims[0]?.map((task) => task.text)).toEqual(
      Array.from({ length: 10 }, (_, number) => `text ${number}`),
    );
    expect(await stores.queue.status("o", NOW)).toMatchObject({
      pending: 0,
      processing: 30,
      embedded: 0,
    });
  });
  check("a claim returns when its lease ends or the process starts again", async (stores) => {
    await storeMessages(stores, 1);
    expect(await stores.queue.claim(claim)).toHaveLength(1);
    expect(await stores.queue.claim({ ...claim, now: NOW + 999 })).toEqual([]);
    expect(await stores.queue.claim({ ...claim, now: NOW + 1000 })).toHaveLength(1);
    expect(await stores.queue.releaseClaims()).toBe(1);
    expect(await stores.queue.claim(claim)).toHaveLength(1);
  });
  check(
    "completed work is embedded; blank text is never queued; deleted text is skipped",
    async (stores) => {
      const id = await storeMessages(stores, 2);
      const gone = await storeMessages(stores, 1);
      await stores.conversations.append("o", id, [turn(" \n")]);
      const tasks = await stores.queue.claim(claim);
      expect(tasks).toHaveLength(3);
      await stores.conversations.delete("o", [gone]);
      await stores.queue.complete(MODEL, tasks.map(result));
      await stores.queue.complete(MODEL, tasks.map(result));
      expect(await stores.queue.status("o", NOW)).toMatchObject({
        pending: 0,
        processing: 0,
        parked: 0,
        embedded: 2,
      });
      expect((await stores.conversations.get("o", id)).embeddingStatus).toBe("embedded");
      const { items } = await stores.conversations.messages("o", id, { limit: 9, offset: 0 });
      expect(items.map((message) => message.embeddingStatus)).toEqual([
        "embedded",
        "embedded",
        "none",
      ]);
    },
  );
}

function describeFailures(open: StoresFactory): void {
  const check = testWith(open);
  check("a failure is tried again at its time and counts", async (stores) => {
    await storeMessages(stores, 1);
    const [task] = await stores.queue.claim(claim);
    await stores.queue.fail(
      [{ message: task?.message ?? 0, reason: "down", retryAt: NOW + 50 }],
      NOW,
    );
    expect(await stores.queue.claim(claim)).toEqual([]);
    const [again] = await stores.queue.claim({ ...claim, now: NOW + 50 });
    expect(again).toMatchObject({ message: task?.message, attempts: 1 });
  });
  check("parked work says why and waits until it is re-driven", async (stores) => {
    const id = await storeMessages(stores, 1);
    const [task] = await stores.queue.claim(claim);
    await stores.queue.fail(
      [{ message: task?.message ?? 0, reason: "too odd", retryAt: null }],
      NOW,
    );
    expect(await stores.queue.claim({ ...claim, now: NOW + 1e9 })).toEqual([]);
    expect(await stores.queue.status("o", NOW)).toMatchObject({
      parked: 1,
      failures: [{ messageId: task?.messageId, reason: "too odd", attempts: 1 }],
    });
    expect((await stores.conversations.get("o", id)).embeddingStatus).toBe("failed");
    expect(await stores.queue.retryParked("o")).toBe(1);
    expect((await stores.conversations.get("o", id)).embeddingStatus).toBe("pending");
    expect(await stores.queue.claim(claim)).toMatchObject([{ attempts: 0 }]);
  });
  check("a failure of deleted text is no failure", async (stores) => {
    const id = await storeMessages(stores, 1);
    const [task] = await stores.queue.claim(claim);
    await stores.conversations.delete("o", [id]);
    await stores.queue.fail([{ message: task?.message ?? 0, reason: "x", retryAt: null }], NOW);
    expect(await stores.queue.status(null, NOW)).toMatchObject({
      parked: 0,
      oldestPendingMs: null,
      failures: [],
    });
  });
}

function describeRebuilds(open: StoresFactory): void {
  const check = testWith(open);
  check(
    "a rebuild goes on from its cursor, leaves out what is there unless forced, and re-drives what failed",
    async (stores) => {
      const id = await storeMessages(stores, 5);
      const tasks = await stores.queue.claim(claim);
      await stores.queue.complete(MODEL, tasks.slice(0, 3).map(result));
      await stores.queue.fail(
        [{ message: tasks[3]?.message ?? 0, reason: "x", retryAt: null }],
        NOW,
      );
      let cursor: number | null = 0;
      const counted = { queued: 0, scanned: 0 };
      while (cursor !== null) {
        const page: { cursor: number | null; queued: number; scanned: number } =
          await stores.queue.enqueueFrom("o", { model: MODEL, cursor, limit: 2, force: false });
        counted.queued += page.queued;
        counted.scanned += page.scanned;
        cursor = page.cursor;
      }
      expect(counted).toEqual({ queued: 1, scanned: 5 });
      expect((await stores.conversations.get("o", id)).embeddingStatus).toBe("pending");
      const forced = await stores.queue.enqueueFrom("o", {
        model: MODEL,
        cursor: 0,
        limit: 9,
        force: true,
      });
      expect(forced).toEqual({ cursor: null, queued: 3, scanned: 5 });
      const other = { ...MODEL, id: "other@1" };
      const rest = await stores.queue.claim(claim);
      await stores.queue.complete(MODEL, rest.map(result));
      await stores.queue.releaseClaims();
      await stores.queue.complete(MODEL, (await stores.queue.claim(claim)).map(result));
      expect(
        await stores.queue.enqueueFrom("o", { model: other, cursor: 0, limit: 9, force: false }),
      ).toMatchObject({ queued: 5 });
    },
  );
}
