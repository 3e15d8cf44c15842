import { describe, expect } from "vitest";
import type { TextQuery } from "../../core/ports/message-index.ts";
import type { OpenStores, StoresFactory } from "./stores.ts";
import { conversationDraft, testWith, turn } from "./with-stores.ts";

const MODEL = { name: "m", id: "m@1", dimension: 2 };

const query: TextQuery = { kind: "words", words: ["shared"] };

/** Owners whose names a tokenizer, a stemmer or a LIKE would confuse. */
const PAIRS = [
  ["ada", "bob"],
  ["User 1", "user-1"],
  ["runs", "running"],
  ["a", "a b"],
  ["é", "e"],
  ["…", "🎉"],
  ["%", "_"],
  ['o" OR name : "x', "x"],
] as const;

async function snapshot({ conversations, queue, jobs, keys }: OpenStores, owner: string) {
  return {
    listed: await conversations.list(owner, {}, { limit: 100, offset: 0 }),
    messages: await conversations.messages(owner, "same", { limit: 100, offset: 0 }),
    stats: await conversations.stats(owner, {}),
    queue: { ...(await queue.status(owner, 0)), oldestPendingMs: 0 },
    jobs: await jobs.list(owner, 10),
    keys: await keys.list(owner),
  };
}

/** Owners share a store and never see or change each other's rows (decisions.md 28). */
export function describeOwners(name: string, open: StoresFactory): void {
  describe(`${name} keeps owners apart [req:storage.owners]`, () => {
    const check = testWith(open);
    check("an owner sees nothing of another, whatever they are called", async (stores) => {
      for (const [one, other] of PAIRS) await seesNothing(stores, one, other);
    });
    check("nothing an owner does changes what another has under the same ids", async (stores) => {
      for (const [one, other] of PAIRS) await changesNothing(stores, one, other);
    });
  });
}

const draft = conversationDraft({
  id: "same",
  tags: ["t"],
  messages: [turn("shared words", { id: "m" })],
});

async function seesNothing(stores: OpenStores, one: string, other: string): Promise<void> {
  const { conversations, index } = stores;
  await conversations.create(one, draft);
  const missing = { code: "not_found" };
  await expect(conversations.get(other, "same")).rejects.toMatchObject(missing);
  await expect(
    conversations.messages(other, "same", { limit: 1, offset: 0 }),
  ).rejects.toMatchObject(missing);
  await expect(conversations.message(other, "m")).rejects.toMatchObject(missing);
  expect(await conversations.turnsAround(other, ["m"], 3)).toEqual([]);
  expect((await conversations.list(other, {}, { limit: 9, offset: 0 })).total).toBe(0);
  expect(await conversations.ids(other, { ids: ["same"] }, 9)).toEqual([]);
  expect((await conversations.scan(other, {}, { limit: 9 })).items).toEqual([]);
  expect(await conversations.stats(other, {})).toMatchObject({
    messages: 0,
    folders: [],
    labels: [],
    tags: [],
  });
  expect((await index.searchText(other, query, { filter: {}, limit: 9 })).hits).toEqual([]);
  const { hits } = await index.searchText(one, query, { filter: {}, limit: 9 });
  const sequences = hits.map((hit) => hit.message);
  expect(sequences).toHaveLength(1);
  expect(await index.briefs(other, sequences, {})).toEqual([]);
  expect(await index.neighbours(other, sequences, 3)).toEqual([]);
  expect(await index.hydrate(other, sequences)).toEqual([]);
  expect(await index.around(other, sequences[0] ?? 0, 3)).toEqual([]);
}

async function changesNothing(stores: OpenStores, one: string, other: string): Promise<void> {
  const { conversations, index, queue, jobs, keys, users } = stores;
  await conversations.create(one, draft);
  const key = {
    id: `key of ${one}`,
    owner: one,
    name: "n",
    prefix: "p",
    scopes: ["read" as const],
    createdAt: 1,
    expiresAt: null,
    rotatedAt: null,
    previousUntil: null,
    lastUsedAt: null,
    revokedAt: null,
  };
  await keys.create(key, `hash of ${one}`);
  await jobs.put(one, {
    id: `job of ${one}`,
    kind: "import",
    state: "queued",
    progress: { done: 0, total: 1 },
    detail: {},
    error: null,
    createdAt: 1,
    updatedAt: 1,
  });
  const [hit] = (await index.searchText(one, query, { filter: {}, limit: 9 })).hits;
  const before = await snapshot(stores, one);
  const missing = { code: "not_found" };
  await expect(conversations.update(other, "same", { label: "x" })).rejects.toMatchObject(missing);
  await expect(conversations.append(other, "same", [turn("x")])).rejects.toMatchObject(missing);
  expect((await conversations.delete(other, ["same"])).deleted).toEqual([]);
  await expect(keys.revoke(other, key.id, 5)).rejects.toMatchObject(missing);
  const rotation = { prefix: "x", hash: `other hash of ${one}`, now: 5, previousUntil: 5 };
  await expect(keys.rotate(other, key.id, rotation)).rejects.toMatchObject(missing);
  await expect(jobs.get(other, `job of ${one}`)).rejects.toMatchObject(missing);
  const vectors = [
    {
      message: hit?.message ?? 0,
      conversation: 1,
      chunk: 0,
      start: 0,
      end: 1,
      vector: new Float32Array([1, 0]),
    },
  ];
  await queue.complete(MODEL, [{ owner: other, message: hit?.message ?? 0, vectors }]);
  await queue.retryParked(other);
  await queue.enqueueFrom(other, { model: MODEL, cursor: 0, limit: 10, force: true });
  expect(await snapshot(stores, one)).toEqual(before);
  await conversations.create(other, draft);
  await conversations.delete(other, ["same"]);
  await users.erase(other);
  expect(await snapshot(stores, one)).toEqual(before);
}
