import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ImportReport } from "@sekha/sdk/contract";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ImportUpload } from "../apps/controller/services.ts";
import type { Owner } from "../core/conversations/conversation.ts";
import { SekhaError } from "../core/errors.ts";
import type { Job } from "../core/ports/job-store.ts";
import type { RowStore } from "../storage/row-store.ts";
import { openSqliteStore } from "../storage/sqlite/sqlite-store.ts";
import { TransferService } from "./transfer-service.ts";

const LIMIT = 10_000;
const SAMPLE = Array.from({ length: 3 }, (_, index) =>
  JSON.stringify({ role: "user", content: `note ${index}`, conversation_id: `c${index}` }),
).join("\n");

let folder: string;
let temporary: string;
let store: RowStore;
let transfer: TransferService;
let stored: number;
/** Each test has a memory of its own in one file. */
let owner: Owner;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sekha-transfer-"));
  temporary = join(folder, "tmp");
  await mkdir(temporary);
  store = await openSqliteStore({ file: join(folder, "sekha.db"), readers: 1 });
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  owner = crypto.randomUUID();
  stored = 0;
  transfer = service({});
});

afterEach(() => transfer.stop());

function service(changes: Partial<RowStore>, warnings: string[] = []): TransferService {
  const { conversations, jobs, backup } = { ...store, ...changes };
  const quiet = () => undefined;
  return new TransferService({
    ...{ store: conversations, jobs, backup, temporary, uploadLimit: LIMIT },
    onStored: () => {
      stored += 1;
    },
    log: { debug: quiet, info: quiet, warn: (text) => warnings.push(text), error: quiet },
    clock: Date.now,
    newId: () => crypto.randomUUID(),
  });
}

function upload(text: string, changes: Partial<ImportUpload> = {}): ImportUpload {
  const stream = new Blob([text]).stream() as ImportUpload["stream"];
  const { signal } = new AbortController();
  return {
    ...{ owner, stream, signal },
    fileName: "notes.jsonl",
    folder: null,
    wait: true,
    ...changes,
  };
}

const leftovers = () => readdir(temporary);

async function emptied(): Promise<string[]> {
  for (let tries = 0; tries < 500 && (await leftovers()).length > 0; tries += 1) await delay(10);
  return leftovers();
}

async function finished(job: ImportReport | Job): Promise<Job> {
  if (!("id" in job)) throw new Error("not a job");
  for (;;) {
    const now = await store.jobs.get(owner, job.id);
    if (now.state !== "running") return now;
    await delay(5);
  }
}

test("an upload is imported once, and leaves no file", async () => {
  const report = await transfer.importUpload(upload(SAMPLE));
  expect(report).toMatchObject({ created: 3, unchanged: 0, messages: 3, refused: [] });
  expect(await transfer.importUpload(upload(SAMPLE))).toMatchObject({ created: 0, unchanged: 3 });
  expect(stored).toBe(3);
  expect(await leftovers()).toEqual([]);
});

test("what is refused is told by the client's name for the file, whatever signs it has", async () => {
  const report = await transfer.importUpload(
    upload(`${SAMPLE}\n{"role": 5}`, { fileName: "a$&b.jsonl" }),
  );
  expect(report).toMatchObject({ refused_total: 1 });
  expect(JSON.stringify(report)).toContain("a$&b.jsonl");
  expect(JSON.stringify(report)).not.toContain("upload-");
});

test("an upload larger than allowed is refused with what to do, and leaves no file", async () => {
  await expect(transfer.importUpload(upload("x".repeat(LIMIT + 1)))).rejects.toMatchObject({
    code: "payload_too_large",
    message: expect.stringMatching(/10000 bytes.*SEKHA__BODY_LIMITS__IMPORT.*sekha import/),
  });
  expect(await leftovers()).toEqual([]);
});

test("an upload whose client goes away leaves no file", async () => {
  const caller = new AbortController();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(SAMPLE)),
  });
  const answer = transfer.importUpload(upload("", { stream, signal: caller.signal }));
  caller.abort();
  await expect(answer).rejects.toThrow();
  expect(await leftovers()).toEqual([]);
});

test("an import as a job is answered at once and ends done, with its report", async () => {
  const job = await transfer.importUpload(upload(SAMPLE, { wait: false }));
  expect(job).toMatchObject({ kind: "import", state: "running", detail: { file: "notes.jsonl" } });
  const done = await finished(job);
  expect(done).toMatchObject({ state: "done", error: null, detail: { report: { created: 3 } } });
  expect(done.progress).toEqual({ done: SAMPLE.length, total: SAMPLE.length });
  expect(await emptied()).toEqual([]);
});

test("a job whose store is out ends failed with the reason, and leaves no file", async () => {
  const full = () => Promise.reject(new SekhaError("storage_full", "The disk is full."));
  const failing = service({ conversations: { ...store.conversations, import: full } });
  const job = await failing.importUpload(upload(SAMPLE, { wait: false }));
  expect(await finished(job)).toMatchObject({
    state: "failed",
    error: expect.stringContaining("The disk is full."),
  });
  expect(await emptied()).toEqual([]);
  await expect(failing.importUpload(upload(SAMPLE))).rejects.toMatchObject({
    code: "storage_full",
  });
  expect(await leftovers()).toEqual([]);
});

test("a job that is stopped with the process is called stopped, with how to go on [req:cli.import-stopped]", async () => {
  const warnings: string[] = [];
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slow: RowStore["conversations"]["import"] = async (...call) => {
    reached.resolve();
    await goOn.promise;
    return store.conversations.import(...call);
  };
  const stopping = service({ conversations: { ...store.conversations, import: slow } }, warnings);
  const job = await stopping.importUpload(upload(SAMPLE, { wait: false }));
  await reached.promise;
  const stopped = stopping.stop();
  goOn.resolve();
  await stopped;
  expect(await finished(job)).toMatchObject({ state: "failed" });
  expect(warnings).toEqual([
    expect.stringMatching(/^An import was stopped: .*Import the same files again to go on/),
  ]);
});

test("a job that cannot be noted is an error and leaves no file", async () => {
  const jobs = { ...store.jobs, put: () => Promise.reject(new Error("no rows now")) };
  await expect(service({ jobs }).importUpload(upload(SAMPLE, { wait: false }))).rejects.toThrow(
    "no rows now",
  );
  expect(await leftovers()).toEqual([]);
});

test("a restart marks the imports that it cut off as failed, not those of others, and nothing else", async () => {
  const job = (id: string, kind: Job["kind"]): Job => ({
    ...{ id, kind, state: "running", error: null, detail: {} },
    ...{ progress: { done: 1, total: 2 }, createdAt: 1, updatedAt: 1 },
  });
  await store.jobs.put(owner, job("a", "import"));
  await store.jobs.put(owner, job("b", "rebuild_embeddings"));
  await store.jobs.put(owner, job("c", "import"));
  await transfer.closeOrphans(({ id }) => id !== "c");
  expect(await store.jobs.get(owner, "a")).toMatchObject({
    state: "failed",
    error: expect.stringContaining("Import the file again"),
  });
  for (const id of ["b", "c"]) {
    expect(await store.jobs.get(owner, id)).toMatchObject({ state: "running" });
  }
});

test("an export holds everything, however many pages that is", async () => {
  const many = Array.from({ length: 450 }, (_, index) => ({
    role: "user",
    content: `turn ${index}`,
  }));
  const drafts = Array.from({ length: 120 }, (_, index) => ({
    ...{ label: `Talk ${index}`, folder: "/" },
    messages: index === 60 ? many : [{ role: "user", content: `talk ${index}` }],
  }));
  await store.conversations.createMany(owner, drafts);
  const records = (await exported()).map((line) => JSON.parse(line) as { messages: unknown[] });
  expect(records).toHaveLength(120);
  expect(Math.max(...records.map(({ messages }) => messages.length))).toBe(450);
});

test("a conversation that is deleted during the export does not end it", async () => {
  const draft = (label: string) => ({
    label,
    folder: "/",
    messages: [{ role: "user", content: label }],
  });
  await store.conversations.createMany(owner, [draft("one"), draft("two"), draft("three")]);
  let calls = 0;
  const messages: RowStore["conversations"]["messages"] = async (whose, id, page) => {
    calls += 1;
    if (calls === 2) await store.conversations.delete(whose, [id]);
    return store.conversations.messages(whose, id, page);
  };
  transfer = service({ conversations: { ...store.conversations, messages } });
  const records = (await exported()).map((line) => JSON.parse(line) as { messages: unknown[] });
  expect(records.map((record) => record.messages.length)).toEqual([1, 0, 1]);
});

async function exported(): Promise<string[]> {
  let text = "";
  const options = { owner, filter: {}, format: "jsonl" } as const;
  for await (const piece of transfer.exportStream(options)) text += piece;
  return text.trimEnd().split("\n");
}

test("a backup streams a whole copy and leaves no file", async () => {
  await transfer.importUpload(upload(SAMPLE));
  const { size, stream } = await transfer.backup();
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  expect(bytes.byteLength).toBe(size);
  const file = join(folder, "copy.db");
  await writeFile(file, bytes);
  const copy = await openSqliteStore({ file, readers: 1 });
  expect((await copy.conversations.stats(owner, {})).messages).toBe(3);
  await copy.close();
  expect(await emptied()).toEqual([]);
});

test("a backup that is cancelled leaves no file", async () => {
  const { stream } = await transfer.backup();
  await stream.cancel();
  expect(await emptied()).toEqual([]);
});

test("a backup that fails leaves no file", async () => {
  const backup = async (file: string) => {
    await writeFile(file, "half");
    throw new Error("the disk is full");
  };
  await expect(service({ backup }).backup()).rejects.toThrow("the disk is full");
  expect(await leftovers()).toEqual([]);
});
