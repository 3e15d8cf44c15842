import { setTimeout as delay } from "node:timers/promises";
import type {
  ConversationFilter,
  ConversationPatch,
  MessageFilter,
  Owner,
} from "../../core/conversations/conversation.ts";
import type { ConversationStore } from "../../core/ports/conversation-store.ts";
import type { CostStore } from "../../core/ports/cost-store.ts";
import type { EmbeddingQueue } from "../../core/ports/embedding-queue.ts";
import type { FactStore } from "../../core/ports/fact-store.ts";
import type { ImportanceWork } from "../../core/ports/importance-work.ts";
import type { JobStore } from "../../core/ports/job-store.ts";
import type { KeyStore } from "../../core/ports/key-store.ts";
import type { MessageIndex } from "../../core/ports/message-index.ts";
import type { SummaryStore } from "../../core/ports/summary-store.ts";
import type { UserStore } from "../../core/ports/user-store.ts";
import type { RowStore } from "../row-store.ts";
import type { VectorRowSource } from "../vectors/vector-row-source.ts";
import { DatabaseThread } from "./database-thread.ts";
import type { Arguments, Json, Reads, Result, Writes } from "./operations.ts";

export interface SqliteOptions {
  file: string;
  /** Threads that read beside the writer. */
  readers: number;
}

interface Calls {
  read: <Name extends keyof Reads>(
    name: Name,
    argument: Arguments<Reads[Name]>,
  ) => Promise<Result<Reads[Name]>>;
  write: <Name extends keyof Writes>(
    name: Name,
    argument: Arguments<Writes[Name]>,
  ) => Promise<Result<Writes[Name]>>;
}

/** Opens (and migrates) the file; resolves when it can be written. */
export async function openSqliteStore(options: SqliteOptions): Promise<RowStore> {
  const writer = new DatabaseThread({ file: options.file, role: "writer" });
  await writer.open();
  const readers = Array.from(
    { length: options.readers },
    () => new DatabaseThread({ file: options.file, role: "reader" }),
  );
  await Promise.all(readers.map((reader) => reader.open()));
  let readAt = Number.NEGATIVE_INFINITY;
  const lastRead = () => readAt;
  const calls: Calls = {
    write: async (name, argument) => (await writer.call(name, argument)) as never,
    read: async (name, argument) => {
      readAt = performance.now();
      return (await idlest(readers).call(name, argument)) as never;
    },
  };
  return {
    conversations: conversationStore(calls),
    index: messageIndex(calls),
    queue: embeddingQueue(calls),
    jobs: jobStore(calls),
    importance: importanceWork(calls),
    summaries: summaryStore(calls),
    facts: factStore(calls),
    ...keyAndUserStores(calls),
    costs: costStore(calls),
    vectorRows: vectorRows(calls),
    embeddingModels: () => calls.read("embeddingModels", {}),
    totals: () => calls.read("totals", {}),
    check: async () => {
      await calls.read("ping", {});
      await calls.write("ping", {});
    },
    warm: async (owner, signal) => {
      for (const reader of readers) await warmReader(reader, { owner, signal, lastRead });
    },
    backup: async (file) => {
      await aside(options.file, (thread) => thread.call("backup", { file }));
    },
    close: async () => {
      await Promise.all(readers.map((reader) => reader.close()));
      await writer.close();
    },
  };
}

/** While nobody reads half of one core at most, else a sixth, so that searches hardly notice. */
const WARM_PAUSE = { idle: 1, busy: 5 };
const BUSY_FOR_MS = 500;

async function warmReader(
  reader: DatabaseThread,
  { owner, signal, lastRead }: { owner: Owner; signal: AbortSignal; lastRead: () => number },
): Promise<void> {
  let after: string | null = "";
  while (after !== null && !signal.aborted) {
    const startedAt = performance.now();
    after = (await reader.call("warm", { owner, after })) as string | null;
    const now = performance.now();
    const pause = now - lastRead() < BUSY_FOR_MS ? WARM_PAUSE.busy : WARM_PAUSE.idle;
    await delay((now - startedAt) * pause, undefined, { ref: false });
  }
}

function idlest(readers: readonly DatabaseThread[]): DatabaseThread {
  const [first, ...rest] = readers;
  if (first === undefined) throw new Error("A store needs at least one reader");
  return rest.reduce((best, reader) => (reader.load < best.load ? reader : best), first);
}

/** A reader of its own for what takes long, so that searches do not wait behind it. */
async function aside<T>(file: string, work: (thread: DatabaseThread) => Promise<T>): Promise<T> {
  const thread = new DatabaseThread({ file, role: "reader" });
  try {
    return await work(thread);
  } finally {
    await thread.close();
  }
}

function conversationStore({ read, write }: Calls): ConversationStore {
  return {
    create: (owner, draft, idempotency) =>
      write("create", { owner, draft, ...(idempotency === undefined ? {} : { idempotency }) }),
    createMany: (owner, drafts) => write("createMany", { owner, drafts }),
    append: (owner, id, messages) => write("append", { owner, id, messages }),
    import: (owner, identity, draft) => write("import", { owner, identity, draft }),
    get: (owner, id) => read("get", { owner, id }),
    messages: (owner, id, page) => read("messages", { owner, id, page }),
    turnsAround: (owner, ids, reach) => read("turnsAround", { owner, ids, reach }),
    list: (owner, filter, page) => read("list", { owner, filter, page }),
    counts: (owner, filter) => read("counts", { owner, filter }),
    update: (owner: Owner, id: string, patch: ConversationPatch) =>
      write("update", { owner, id, patch }),
    delete: (owner, ids) => write("delete", { owner, ids }),
    ids: (owner, filter, limit) => read("ids", { owner, filter, limit }),
    scan: (owner, filter, page) => read("scan", { owner, filter, page }),
    stats: (owner: Owner, filter: ConversationFilter) => read("stats", { owner, filter }),
    message: (owner, id) => read("message", { owner, id }),
  };
}

function messageIndex({ read }: Calls): MessageIndex {
  return {
    searchText: async (owner, query, options) =>
      ofJson(await read("searchText", { owner, query, ...options })),
    briefs: (owner: Owner, messages: number[], filter: MessageFilter) =>
      read("briefs", { owner, messages, filter }),
    neighbours: (owner, messages, radius) => read("neighbours", { owner, messages, radius }),
    candidates: async (owner, request) => ofJson(await read("candidates", { owner, request })),
    speakers: (owner) => read("speakers", { owner }),
    hydrate: (owner, messages) => read("hydrate", { owner, messages }),
    around: (owner, message, radius) => read("around", { owner, message, radius }),
  };
}

function ofJson<Value>(json: Json<Value>): Value {
  return JSON.parse(json) as Value;
}

function embeddingQueue({ read, write }: Calls): EmbeddingQueue {
  return {
    claim: (options) => write("claim", options),
    complete: (model, results) => write("complete", { model, results }),
    fail: (failures) => write("fail", { failures }),
    releaseClaims: () => write("releaseClaims", {}),
    status: (owner, now) => read("queueStatus", { owner, now }),
    retryParked: (owner) => write("retryParked", { owner }),
    enqueueFrom: (owner, options) => write("enqueueFrom", { owner, options }),
  };
}

function importanceWork({ read, write }: Calls): ImportanceWork {
  return {
    due: (quietBefore, limit) => read("dueConversations", { quietBefore, limit }),
    note: (owner, id, judgement) => write("noteJudgement", { owner, id, judgement }),
  };
}

function summaryStore({ read, write }: Calls): SummaryStore {
  return {
    list: (owner, filter, page) => read("listSummaries", { owner, filter, page }),
    find: (owner, id, level) => read("findSummary", { owner, id, level }),
    stretches: (owner, id) => read("stretches", { owner, id }),
    summariesOf: (owner, ids) => read("summariesOf", { owner, ids }),
    saveOfConversation: (owner, summary) => write("saveConversationSummary", { owner, summary }),
    periods: (owner, level, since) => read("periodSummaries", { owner, level, since }),
    savePeriod: (owner, summary) => write("savePeriodSummary", { owner, summary }),
    remove: (owner, id) => write("removeSummary", { owner, id }),
    days: (owner, range, page) => read("conversationDays", { owner, range, page }),
    due: (owner, wanted) => read("dueForSummary", { owner, wanted }),
  };
}

function factStore({ read, write }: Calls): FactStore {
  return {
    list: (owner, filter, page) => read("listFacts", { owner, filter, page }),
    factsOf: (owner, ids) => read("factsOf", { owner, ids }),
    unread: (quietBefore, limit) => read("unreadForFacts", { quietBefore, limit }),
    save: (owner, id, found) => write("saveFacts", { owner, id, read: found }),
  };
}

function jobStore({ read, write }: Calls): JobStore {
  return {
    put: (owner, job) => write("putJob", { owner, job }),
    get: (owner, id) => read("getJob", { owner, id }),
    list: (owner, limit, kind) => read("listJobs", { owner, limit, kind: kind ?? null }),
    unfinished: () => read("unfinishedJobs", {}),
  };
}

/** One process owns the file, so that what changes keys here is all there is to tell. */
function keyAndUserStores({ read, write }: Calls): { keys: KeyStore; users: UserStore } {
  const watchers: (() => void)[] = [];
  const told = async <T>(change: Promise<T>): Promise<T> => {
    const outcome = await change;
    for (const changed of watchers) changed();
    return outcome;
  };
  const keys: KeyStore = {
    create: (key, hash) => told(write("insertKey", { key, hash })),
    find: (hash, now) => read("findKey", { hash, now }),
    list: (owner) => read("listKeys", { owner }),
    all: () => read("allKeys", {}),
    rotate: (owner, idOrName, rotation) => told(write("rotateKey", { owner, idOrName, rotation })),
    revoke: (owner, idOrName, now) => told(write("revokeKey", { owner, idOrName, now })),
    touch: (id, now) => write("touchKey", { id, now }),
    any: () => read("anyKey", {}),
    watch: (changed) => {
      watchers.push(changed);
    },
  };
  const users: UserStore = {
    list: () => read("users", {}),
    erase: (owner) => told(write("eraseUser", { owner })),
  };
  return { keys, users };
}

function costStore({ read, write }: Calls): CostStore {
  return {
    write: (changes) => write("writeCosts", { changes }),
    settleOrphans: () => write("settleCostOrphans", {}),
    spentSince: (owner, options) => read("costSpentSince", { owner, ...options }),
    spentByKey: (options) => read("costSpentByKey", options),
    sums: (owner, options) => read("costSums", { owner, ...options }),
    sumsOfAll: (options) => read("costSums", { owner: null, ...options }),
  };
}

function vectorRows({ read, write }: Calls): VectorRowSource {
  return {
    locate: (owner, ids) => read("locate", { owner, ids }),
    describe: (owner, messages) => read("describe", { owner, messages }),
    vectorsOf: (owner, modelId, messages) => read("vectorsOf", { owner, modelId, messages }),
    chunksOf: (owner, modelId, messages) => read("chunksOf", { owner, modelId, messages }),
    vectorsAfter: (page) => read("vectorsAfter", page),
    vectorCounts: () => read("vectorCounts", {}),
    collections: (owner) => read("vectorCollections", { owner }),
    note: (key) => read("note", { key }),
    setNote: async (key, value) => {
      await write("writeNote", { key, value, once: false });
    },
    noteOnce: (key, value) => write("writeNote", { key, value, once: true }),
  };
}
