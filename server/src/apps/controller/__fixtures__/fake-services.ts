import { randomUUID } from "node:crypto";
import { ContextAssembly } from "../../../core/context/context-assembly.ts";
import { Conversations } from "../../../core/conversations/conversations.ts";
import type { Embeddings } from "../../../core/embedding/embedding-types.ts";
import { SekhaError } from "../../../core/errors.ts";
import { LabelSuggestions } from "../../../core/labels/label-suggestions.ts";
import { fakeLanguageTasks } from "../../../core/ports/__fixtures__/fake-language-tasks.ts";
import { NO_FACTS } from "../../../core/ports/fact-store.ts";
import type { Job, JobStore } from "../../../core/ports/job-store.ts";
import { NO_SUMMARIES } from "../../../core/ports/summary-source.ts";
import type { Summary, SummaryLevel } from "../../../core/ports/summary-store.ts";
import { Pruning } from "../../../core/pruning/pruning.ts";
import type { Recall, SearchRequest } from "../../../core/search/search-types.ts";
import { type ControllerOptions, createControllerApp } from "../controller-app.ts";
import type { ControllerServices, ImportUpload, Transfer } from "../services.ts";
import { FakeKeys } from "./fake-keys.ts";
import { fakeMcp } from "./fake-mcp.ts";
import { FakeStore } from "./fake-store.ts";

export const NOW = Date.UTC(2026, 0, 25, 20, 30);

export interface LogLine {
  level: string;
  fields: object;
  message: string;
}

/** An app on fakes, with what they were asked for. */
export interface FakeController {
  services: ControllerServices;
  store: FakeStore;
  searches: SearchRequest[];
  waits: string[];
  uploads: (ImportUpload & { text: string })[];
  log: LogLine[];
  /** As a program on this machine. */
  fetch(path: string, init?: RequestInit, peerAddress?: string): Promise<Response>;
  app: ReturnType<typeof createControllerApp>;
}

interface FakeChoices {
  options?: Partial<ControllerOptions>;
  services?: Partial<ControllerServices>;
}

export function fakeController({ options, services: replaced }: FakeChoices = {}): FakeController {
  const newId = countingIds();
  const store = new FakeStore(() => NOW, newId);
  const seen: Seen = { searches: [], waits: [], uploads: [], log: [] };
  const services: ControllerServices = {
    ...fakeServices(store, seen),
    mcp: fakeMcp(() => app),
    newId,
    ...replaced,
  };
  const app = createControllerApp(services, { ...defaultOptions(seen.log), ...options });
  return {
    services,
    store,
    ...seen,
    app,
    fetch: (path, init, peerAddress = "127.0.0.1") =>
      app.fetch(new Request(`http://localhost:8080${path}`, init), {
        peerAddress,
        injected: false,
      }),
  };
}

type Seen = Pick<FakeController, "searches" | "waits" | "uploads" | "log">;

function defaultOptions(log: LogLine[]): ControllerOptions {
  const record = (level: string) => (fields: object, message: string) => {
    log.push({ level, fields, message });
  };
  return {
    authentication: { keys: [], required: false, localOwner: "local", allowedHosts: [] },
    cors: { enabled: false, origins: [] },
    rateLimit: { perMinute: 0, trustProxy: false },
    bodyLimit: 10 * 1_048_576,
    about: { version: "2.0.0", node: "v24.0.0" },
    logger: {
      debug: record("debug"),
      info: record("info"),
      warn: record("warn"),
      error: record("error"),
    },
    processMetrics: false,
  };
}

function fakeServices(store: FakeStore, seen: Seen): Omit<ControllerServices, "newId" | "mcp"> {
  const keys = new FakeKeys();
  const recall = fakeRecall(store, seen.searches);
  const jobs = fakeJobs();
  const counter = { count: async (text: string) => Math.ceil(text.length / 4) };
  const clock = () => NOW;
  const conversations = new Conversations({
    store,
    vectors: { remove: async () => undefined },
    onStored: () => undefined,
  });
  return {
    conversations,
    pruning: new Pruning({ conversations, store, jobs, counter, clock, newId: randomUUID }),
    store,
    recall,
    context: new ContextAssembly({
      recall,
      store,
      summaries: NO_SUMMARIES,
      facts: NO_FACTS,
      counter,
      clock,
    }),
    languageTasks: fakeLanguageTasks(),
    labels: new LabelSuggestions({ store, conversations, recall, tasks: fakeLanguageTasks() }),
    summaries: {
      summary: (id, level, call) => fakeSummary(store, { id, level, owner: call.owner }),
    },
    storedSummaries: { list: async () => ({ items: [], total: 0 }) },
    facts: { list: async () => ({ items: [], total: 0 }) },
    embeddings: fakeEmbeddings(seen.waits),
    jobs,
    keys,
    users: {
      list: async () => [...new Set((await keys.all()).map(({ owner }) => owner))].sort(),
      erase: async (owner) => keys.forget(owner),
    },
    transfer: fakeTransfer(store, seen.uploads),
    health: async () => ({
      status: "healthy",
      version: "2.0.0",
      uptime_seconds: 1,
      timestamp: new Date(NOW).toISOString(),
      checks: { database: { status: "ok" } },
    }),
    validateConfig: () => ({ valid: true, errors: [], warnings: [] }),
    figures: async () => ({
      conversations: store.rows.size,
      messages: 7,
      vectors: 9,
      queue: { pending: 3, processing: 2, parked: 1 },
    }),
    clock: () => NOW,
  };
}

/** Of a conversation that is there. */
async function fakeSummary(
  store: FakeStore,
  { id, level, owner }: { id: string; level: SummaryLevel; owner: string },
): Promise<Summary> {
  const { createdAt, updatedAt } = await store.get(owner, id);
  return {
    ...{ id: "summary", conversationId: id, level, text: `A ${level} summary.` },
    ...{ since: createdAt, until: updatedAt, generatedAt: NOW, model: "fake", method: "model" },
  };
}

/** One that runs, and whatever is put. */
function fakeJobs(): JobStore {
  const kept = new Map([[aJob().id, aJob()]]);
  return {
    put: async (_owner, job) => {
      kept.set(job.id, job);
    },
    get: async (_owner, id) => {
      const job = kept.get(id);
      if (job !== undefined) return job;
      throw new SekhaError("not_found", `There is no job ${id}.`);
    },
    list: async (_owner, limit, kind) =>
      [...kept.values()]
        .filter((job) => kind === undefined || job.kind === kind)
        .reverse()
        .slice(0, limit),
    unfinished: async () => [],
  };
}

function fakeTransfer(store: FakeStore, uploads: FakeController["uploads"]): Transfer {
  return {
    importUpload: async (upload) => {
      uploads.push({ ...upload, text: await new Response(upload.stream).text() });
      if (!upload.wait) return aJob();
      const report = { created: 1, extended: 0, unchanged: 0, messages: 2 };
      return { ...report, refused: [], refused_total: 0 };
    },
    async *exportStream({ owner, filter, format }) {
      for (const { id, label } of store.matching(owner, filter)) {
        yield format === "markdown" ? `# ${label}\n` : `{"id":"${id}",`;
        if (format === "jsonl") yield `"label":${JSON.stringify(label)}}\n`;
      }
    },
    backup: async () => ({ size: 6, stream: new Blob(["backup"]).stream() }),
  };
}

/** A request with a JSON body. */
export function sending(method: string, body: unknown, headers: Record<string, string> = {}) {
  return {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  };
}

function countingIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
  };
}

function aJob(): Job {
  return {
    id: "00000000-0000-4000-8000-00000000000a",
    kind: "rebuild_embeddings",
    state: "running",
    progress: { done: 1, total: 3 },
    detail: {},
    error: null,
    createdAt: NOW,
    updatedAt: NOW,
  };
}

function fakeRecall(store: FakeStore, searches: SearchRequest[]): Recall {
  const found = (owner: string, query: string) =>
    [...store.rows.values()]
      .filter((row) => row.owner === owner)
      .flatMap((row) => row.messages.map((message) => ({ row, message })))
      .filter(({ message }) => message.content.includes(query))
      .map(({ row, message }) => ({
        message,
        conversation: row.conversation,
        score: 0.9,
        snippet: message.content,
        matched: ["words" as const],
        neighbours: [],
      }));
  return {
    search: async (owner, request) => {
      searches.push(request);
      const hits = found(owner, request.query);
      const conversations = hits.map((hit) => ({
        conversation: hit.conversation,
        score: hit.score,
        hits: [hit],
      }));
      const mode = request.mode;
      return { hits, conversations, total: hits.length, mode, degraded: null };
    },
    searchText: async (owner, request) => {
      const hits = found(owner, request.query);
      return { hits: hits.map((hit, index) => ({ ...hit, rank: index + 1 })), total: hits.length };
    },
  };
}

function fakeEmbeddings(waits: string[]): Embeddings {
  const model = { name: "minilm", id: "minilm@int8", dimension: 384 };
  return {
    report: async () => ({
      model,
      collection: "conversations_384",
      queue: {
        pending: 1,
        processing: 0,
        parked: 0,
        embedded: 2,
        oldestPendingMs: 2400,
        failures: [],
      },
      collections: [],
    }),
    retryParked: async () => 4,
    rebuild: async () => aJob(),
    settled: async (_owner, id) => {
      waits.push(id);
    },
    wake: () => undefined,
  };
}
