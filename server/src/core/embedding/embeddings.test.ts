import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RowStore } from "../../storage/row-store.ts";
import { openSqliteStore } from "../../storage/sqlite/sqlite-store.ts";
import { LOCAL_OWNER } from "../conversations/conversation.ts";
import { onlyModel } from "../ports/embedding-model.ts";
import type { Job } from "../ports/job-store.ts";
import { WordModel } from "../search/__fixtures__/word-model.ts";
import { fakeVectors, lines } from "./__fixtures__/fake-queue.ts";
import { EmbeddingWork } from "./embedding-work.ts";
import { EmbeddingService } from "./embeddings.ts";

const MESSAGES = 6;
const sleep = (_: number, signal: AbortSignal) =>
  delay(2, undefined, { signal }).catch(() => undefined);

let folder: string;
let store: RowStore;
let running: { stop(): Promise<void> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sekha-embeddings-"));
  store = await openSqliteStore({ file: join(folder, "sekha.db"), readers: 1 });
  running = [];
});

afterEach(async () => {
  for (const one of running) await one.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

async function put(id?: string): Promise<string> {
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({
    role: "user",
    content: `note ${index}`,
  }));
  const draft = { label: "Notes", folder: "/", messages, ...(id === undefined ? {} : { id }) };
  return (await store.conversations.create(LOCAL_OWNER, draft)).conversation.id;
}

function begin(model = new WordModel()) {
  const log = lines();
  const shared = {
    queue: store.queue,
    models: onlyModel(model),
    vectors: fakeVectors(),
    log,
    clock: Date.now,
    sleep,
  };
  const options = { batchSize: 2, lanes: 1, maxAttempts: 2, retryDelayMs: 1, maxRetryDelayMs: 1 };
  const work = new EmbeddingWork({ ...shared, options });
  const service = new EmbeddingService({
    ...{ ...shared, work, wake: () => work.wake() },
    ...{ store: store.conversations, jobs: store.jobs, newId: () => crypto.randomUUID() },
  });
  running.push(service, work);
  return { work, service, log };
}

async function finished(job: Job): Promise<Job> {
  for (;;) {
    const now = await store.jobs.get(LOCAL_OWNER, job.id);
    if (now.state !== "running") return now;
    await delay(5);
  }
}

test("what is stored settles once it has its vectors", async () => {
  const { work, service } = begin();
  await work.start();
  const id = await put();
  await service.settled(LOCAL_OWNER, id, { timeoutMs: 10_000 });
  expect((await store.conversations.get(LOCAL_OWNER, id)).embeddingStatus).toBe("embedded");
});

test("waiting for vectors ends at the deadline, and with its caller", async () => {
  const { service } = begin();
  const id = await put();
  await service.settled(LOCAL_OWNER, id, { timeoutMs: 30 });
  await service.settled(LOCAL_OWNER, id, { timeoutMs: 60_000, signal: AbortSignal.abort() });
  expect((await store.conversations.get(LOCAL_OWNER, id)).embeddingStatus).toBe("pending");
});

test("a message that is deleted while it is embedded is skipped", async () => {
  const model = new WordModel();
  const id = await put();
  const embed = model.embedDocument.bind(model);
  model.embedDocument = async (text) => {
    await store.conversations.delete(LOCAL_OWNER, [id]);
    return embed(text);
  };
  const { work, service, log } = begin(model);
  await work.start();
  await work.nextSettled();
  const { queue } = await service.report(LOCAL_OWNER);
  expect(queue).toMatchObject({ pending: 0, processing: 0, parked: 0 });
  expect(log.all.filter((line) => line.startsWith("warn"))).toEqual([]);
});

test("parked messages wait with their reason until they are tried again", async () => {
  const model = new WordModel();
  const embed = model.embedDocument.bind(model);
  model.embedDocument = () => Promise.reject(new Error("cannot be read"));
  const { work, service } = begin(model);
  await work.start();
  const id = await put();
  while ((await service.report(LOCAL_OWNER)).queue.parked < MESSAGES) await delay(5);
  const { failures } = (await service.report(LOCAL_OWNER)).queue;
  expect(failures[0]).toMatchObject({ reason: "cannot be read", attempts: 2 });
  model.embedDocument = embed;
  expect(await service.retryParked(LOCAL_OWNER)).toBe(MESSAGES);
  await service.settled(LOCAL_OWNER, id, { timeoutMs: 10_000 });
  expect((await service.report(LOCAL_OWNER)).queue).toMatchObject({
    parked: 0,
    embedded: MESSAGES,
  });
});

test("a rebuild embeds everything again and its progress reaches the total", async () => {
  const { work, service } = begin();
  await work.start();
  await service.settled(LOCAL_OWNER, await put(), { timeoutMs: 10_000 });
  const job = await service.rebuild(LOCAL_OWNER, { force: true });
  expect(await finished(job)).toMatchObject({
    state: "done",
    error: null,
    progress: { done: MESSAGES, total: MESSAGES },
    detail: { queued: MESSAGES, model: "words@1" },
  });
});

test("whoever asks for a rebuild while one runs or begins joins it", async () => {
  const { work, service } = begin();
  await put();
  const [first, second] = await Promise.all([
    service.rebuild(LOCAL_OWNER, { force: true }),
    service.rebuild(LOCAL_OWNER, { force: true }),
  ]);
  const third = await service.rebuild(LOCAL_OWNER, { force: false, model: "words" });
  expect([second.id, third.id]).toEqual([first.id, first.id]);
  expect(await store.jobs.unfinished()).toHaveLength(1);
  await work.start();
  expect((await finished(first)).state).toBe("done");
});

test("a rebuild that a stop cut off goes on at the next start [req:embedding.rebuild-resumes]", async () => {
  await put();
  const before = begin();
  const job = await before.service.rebuild(LOCAL_OWNER, { force: true });
  await before.service.stop();
  expect((await store.jobs.get(LOCAL_OWNER, job.id)).state).toBe("running");
  const { work, service } = begin();
  await service.adopt(() => true);
  await work.start();
  expect(await finished(job)).toMatchObject({ state: "done", progress: { done: MESSAGES } });
});

test("a rebuild goes on after its cursor", async () => {
  await put();
  const { queue } = store;
  const cursors: number[] = [];
  const enqueueFrom = queue.enqueueFrom.bind(queue);
  queue.enqueueFrom = (owner, options) => {
    cursors.push(options.cursor);
    return enqueueFrom(owner, options);
  };
  const job = unfinishedJob({ phase: "queueing", cursor: 4, model: "words@1" });
  await store.jobs.put(LOCAL_OWNER, job);
  const { work, service } = begin();
  await service.adopt(() => true);
  await work.start();
  expect((await finished(job)).state).toBe("done");
  expect(cursors).toEqual([4]);
});

test("a rebuild that another controller works on is left to it", async () => {
  const job = unfinishedJob({ phase: "queueing", cursor: 4, model: "words@1" });
  await store.jobs.put(LOCAL_OWNER, job);
  await begin().service.adopt(() => false);
  expect(await store.jobs.get(LOCAL_OWNER, job.id)).toMatchObject({ state: "running" });
});

test("a rebuild of another model than the present one does not go on", async () => {
  const job = unfinishedJob({ phase: "queueing", cursor: 4, model: "older@1" });
  await store.jobs.put(LOCAL_OWNER, job);
  await begin().service.adopt(() => true);
  expect(await finished(job)).toMatchObject({
    state: "failed",
    error: "This rebuild was for the model older@1, and words is configured now. Start a new one.",
  });
});

test("a rebuild for a model that is not configured is refused", async () => {
  await expect(
    begin().service.rebuild(LOCAL_OWNER, { force: false, model: "nobody" }),
  ).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("words") });
});

test("a rebuild that cannot begin says so, and the next one can", async () => {
  const { work, service } = begin();
  await work.start();
  const { stats } = store.conversations;
  store.conversations.stats = () => Promise.reject(new Error("no rows now"));
  await expect(service.rebuild(LOCAL_OWNER, { force: false })).rejects.toThrow("no rows now");
  store.conversations.stats = stats;
  const job = await service.rebuild(LOCAL_OWNER, { force: false });
  expect((await finished(job)).state).toBe("done");
});

function unfinishedJob(detail: Job["detail"]): Job {
  return {
    ...{ id: crypto.randomUUID(), kind: "rebuild_embeddings", state: "running", error: null },
    ...{ progress: { done: 0, total: MESSAGES }, detail: { force: true, queued: 0, ...detail } },
    ...{ createdAt: 1, updatedAt: 1 },
  };
}
