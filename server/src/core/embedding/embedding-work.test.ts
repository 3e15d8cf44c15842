import { afterEach, expect, test } from "vitest";
import { SekhaError } from "../errors.ts";
import type { EmbeddedChunk, EmbeddingModel } from "../ports/embedding-model.ts";
import { FakeQueue, FakeTime, fakeTask, fakeVectors, lines } from "./__fixtures__/fake-queue.ts";
import { EmbeddingWork } from "./embedding-work.ts";

const OPTIONS = {
  batchSize: 4,
  lanes: 1,
  maxAttempts: 3,
  retryDelayMs: 100,
  maxRetryDelayMs: 1000,
};
const chunk: EmbeddedChunk = { start: 0, end: 4, vector: Float32Array.of(1) };

let work: EmbeddingWork | null = null;

afterEach(async () => {
  await work?.stop();
});

function world(parts: {
  tasks?: number;
  embed?: EmbeddingModel["embedDocument"];
  ready?: () => Promise<void>;
  options?: Partial<typeof OPTIONS>;
}) {
  const { tasks = 0, embed = async () => [chunk], ready = async () => undefined } = parts;
  const queue = new FakeQueue();
  for (let number = 1; number <= tasks; number += 1) queue.pending.push(fakeTask(number));
  const model: EmbeddingModel = {
    identity: { name: "words", id: "words@1", dimension: 1 },
    ready,
    embedQuery: async () => chunk.vector,
    embedDocument: embed,
    close: async () => undefined,
  };
  const [time, log, vectors] = [new FakeTime(), lines(), fakeVectors()];
  work = new EmbeddingWork({
    ...{ queue, models: { current: model }, vectors, log, clock: time.clock, sleep: time.sleep },
    options: { ...OPTIONS, ...parts.options },
  });
  return { work, queue, log, time, vectors };
}

test("every message gets its vectors, a batch at a time", async () => {
  const { work: started, queue, vectors } = world({ tasks: 6 });
  await started.start();
  await queue.until(() => queue.completed.length === 6);
  expect(queue.claims.filter((claimed) => claimed > 0)).toEqual([4, 2]);
  expect(vectors.added).toBe(6);
});

test("each message is embedded in its owner's name [req:tenants.embedding-costs]", async () => {
  const owners: (string | undefined)[] = [];
  const { work: started, queue } = world({
    embed: async (_text, _signal, owner) => {
      owners.push(owner);
      return [chunk];
    },
  });
  queue.pending.push({ ...fakeTask(1), owner: "ada" }, { ...fakeTask(2), owner: "bob" });
  await started.start();
  await queue.until(() => queue.completed.length === 2);
  expect(owners).toEqual(["ada", "bob"]);
});

test("the log carries the lines that the guide promises [req:embedding.log-lines]", async () => {
  const { work: started, queue, log } = world({ tasks: 1 });
  await started.start();
  await queue.until(() => log.all.length === 3);
  expect(log.all).toEqual([
    "info Detected dimension 1 for model words (cached)",
    "info Embedding routed to collection conversations_1 (dimension=1, model=words)",
    "info Successfully stored embedding for message m1 in collection conversations_1",
  ]);
});

test("a big batch is one line in the log", async () => {
  const { work: started, queue, log } = world({ tasks: 9, options: { batchSize: 10 } });
  await started.start();
  await queue.until(() => log.all.length === 3);
  expect(log.all[2]).toBe(
    "info Successfully stored embeddings for 9 messages in collection conversations_1",
  );
});

test("a message without text is done without vectors and without a line", async () => {
  const { work: started, queue, log } = world({ tasks: 1, embed: async () => [] });
  await started.start();
  await queue.until(() => queue.completed.length === 1);
  expect(log.all).toEqual([]);
});

test("a message that fails is tried again after growing waits, then parked with the reason [req:embedding.retry]", async () => {
  const {
    work: started,
    queue,
    time,
  } = world({
    tasks: 1,
    embed: () => Promise.reject(new Error("cannot be read")),
  });
  await started.start();
  await queue.until(() => queue.parked.length === 1);
  expect(queue.failures.map(({ retryAt }) => retryAt)).toEqual([
    time.clock() + 100,
    time.clock() + 200,
    null,
  ]);
  expect(queue.parked[0]?.reason).toBe("cannot be read");
});

test("the waits grow to their limit and no further", async () => {
  const {
    work: started,
    queue,
    time,
  } = world({
    tasks: 1,
    embed: () => Promise.reject(new Error("cannot be read")),
    options: { maxAttempts: 8 },
  });
  await started.start();
  await queue.until(() => queue.parked.length === 1);
  const waits = queue.failures.flatMap(({ retryAt }) =>
    retryAt === null ? [] : [retryAt - time.clock()],
  );
  expect(waits).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
});

test.each([
  [
    "the model fails for now",
    { embed: () => Promise.reject(new SekhaError("embedding_unavailable", "out")) },
  ],
  ["the model does not load", { ready: () => Promise.reject(new Error("out")) }],
])("nothing is parked while %s, and the work pauses between tries", async (_, trouble) => {
  const { work: started, queue, time } = world({ tasks: 1, ...trouble });
  await started.start();
  await queue.until(() => queue.failures.length >= 10);
  expect(queue.parked).toEqual([]);
  expect(queue.failures.every(({ reason }) => reason === "out")).toBe(true);
  expect(time.slept.filter((pause) => pause === 5000).length).toBeGreaterThanOrEqual(9);
});

test("messages whose vectors could not be stored are tried again", async () => {
  const { work: started, queue } = world({ tasks: 2 });
  queue.completeTroubles = 2;
  await started.start();
  await queue.until(() => queue.completed.length === 2);
  expect(queue.parked).toEqual([]);
  expect(queue.failures.map(({ reason }) => reason)).toContain("the disk is full");
});

test("a batch that the database was out for is free again as soon as it is back, not when its claim lapses", async () => {
  const { work: started, queue } = world({ tasks: 2 });
  queue.completeTroubles = 1;
  queue.failTroubles = 3;
  await started.start();
  await queue.until(() => queue.completed.length === 2);
  expect(queue.claimed).toEqual([]);
  expect(queue.failures).toHaveLength(2);
});

test("one bad message does not hold the others of its batch back", async () => {
  const embed = async (text: string) => {
    if (text === "text 2") throw new Error("cannot be read");
    return [chunk];
  };
  const { work: started, queue } = world({ tasks: 3, embed });
  await started.start();
  await queue.until(() => queue.parked.length === 1);
  expect(queue.completed.toSorted()).toEqual([1, 3]);
});

test("lanes work side by side", async () => {
  const gate = Promise.withResolvers<void>();
  let inside = 0;
  const embed = async () => {
    inside += 1;
    await gate.promise;
    return [chunk];
  };
  const { work: started, queue } = world({ tasks: 2, embed, options: { batchSize: 1, lanes: 2 } });
  await started.start();
  await queue.until(() => inside === 2);
  gate.resolve();
  await queue.until(() => queue.completed.length === 2);
  expect(queue.completed.toSorted()).toEqual([1, 2]);
});

test("a wake ends the pause, and one during the look for work is not lost", async () => {
  const { work: started, queue, time } = world({});
  time.endless = true;
  queue.onClaim = () => {
    queue.onClaim = () => undefined;
    // Stored after the store was looked at, before the lane pauses.
    queueMicrotask(() => {
      queue.pending.push(fakeTask(1));
      started.wake();
    });
  };
  await started.start();
  await queue.until(() => queue.completed.length === 1);
  await queue.until(() => time.sleeping === 1);
  queue.pending.push(fakeTask(2));
  started.wake();
  await queue.until(() => queue.completed.length === 2);
  expect(queue.completed).toEqual([1, 2]);
});

test("waiting for the next settled batch ends with it, and with a stop", async () => {
  const { work: started } = world({ tasks: 1 });
  const next = started.nextSettled();
  await started.start();
  await expect(next).resolves.toBeUndefined();
  const never = started.nextSettled();
  await started.stop();
  await expect(Promise.all([never, started.nextSettled()])).resolves.toBeDefined();
});

test("claims of a process that died are released at the start, and said", async () => {
  const { work: started, queue, log } = world({});
  queue.claimed.push(fakeTask(1));
  await started.start();
  await queue.until(() => queue.completed.length === 1);
  expect(log.all[0]).toBe("info Going on with 1 messages that were being embedded");
});

test.each([
  ["embeds", { embed: (_: string, signal?: AbortSignal) => aborted(signal) }],
  ["loads", { ready: () => new Promise<void>(() => undefined) }],
])("a stop while the model %s leaves the claims for the next start", async (_, parts) => {
  const { work: started, queue } = world({ tasks: 2, ...parts });
  await started.start();
  await queue.until(() => queue.claimed.length === 2);
  await started.stop();
  expect(queue.claimed).toHaveLength(2);
  expect(queue.failures).toEqual([]);
});

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}
