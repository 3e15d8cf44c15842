import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Conversation, Message } from "../../server/src/core/conversations/conversation.ts";
import { LOCAL_OWNER } from "../../server/src/core/conversations/conversation.ts";
import { onlyModel } from "../../server/src/core/ports/embedding-model.ts";
import { Search } from "../../server/src/core/search/search.ts";
import { createEmbeddedModel } from "../../server/src/llm/providers/builtin/embedded-model.ts";
import { dataDirectoryAt } from "../../server/src/storage/data-directory.ts";
import { openSqliteStore } from "../../server/src/storage/sqlite/sqlite-store.ts";
import { createEmbeddedVectorStore } from "../../server/src/storage/vectors/embedded/embedded-vector-store.ts";
import { type Question, type Scope, SETS, timeOf } from "./data-sets.ts";
import { startProduct, untilEmbedded } from "./product.ts";
import { storeScope } from "./recall-run.ts";
import { progress } from "./report.ts";

/** A hit of the search, its message by id. */
export interface RecordedHit {
  id: string;
  score: number;
}

/** A scope's memory in plain values, with what the product's search answers for each question. */
export interface RecordedScope {
  scope: Scope;
  /** Milliseconds since the epoch: an hour after the scope's last message. */
  now: number;
  conversations: ReadonlyMap<string, Conversation>;
  messages: ReadonlyMap<string, Message>;
  /** Best first, more than a context can hold. */
  asked: { question: Question; hits: RecordedHit[] }[];
}

const HOUR = 3_600_000;
const WAIT_MS = 60_000;
const PAGE = 500;
/** Assembly asks for no more; all of them together are several times a context. */
const DEPTH = 200;

/** Stores and embeds a scope in `folder/<set>-<name>`, unless an earlier run did, and asks every question. */
export async function recordScope(scope: Scope, folder: string): Promise<RecordedScope> {
  return askAll(scope, await embeddedScope(scope, folder));
}

/** The data directory of a scope in `folder`, stored and embedded now unless an earlier run did it. */
export async function embeddedScope(scope: Scope, folder: string): Promise<string> {
  const directory = join(folder, `${scope.set}-${scope.name}`);
  const finished = join(directory, "embedded");
  if (!existsSync(finished)) {
    await prepare(scope, directory);
    writeFileSync(finished, "");
  }
  return directory;
}

async function prepare(scope: Scope, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const product = await startProduct(directory);
  try {
    progress(`${SETS[scope.set].title} ${scope.name}: storing ${scope.sessions.length} sessions`);
    await storeScope(product, scope, "/");
    await untilEmbedded(product, progress);
  } finally {
    await product.stop();
  }
}

/** The product's own search over its own stores, its clock set to the end of what was told. */
async function askAll(scope: Scope, directory: string): Promise<RecordedScope> {
  const files = dataDirectoryAt(directory);
  const store = await openSqliteStore({ file: files.database, readers: 1 });
  const vectors = createEmbeddedVectorStore({
    databaseFile: files.database,
    directory: files.vectors,
    log: (_level, message) => progress(message),
  });
  const model = createEmbeddedModel({ log: { info: () => undefined, warn: progress } });
  try {
    const now = endOf(scope);
    const search = new Search({
      index: store.index,
      vectors,
      models: onlyModel(model),
      clock: () => now,
      semanticTimeoutMs: WAIT_MS,
    });
    const asked: RecordedScope["asked"] = [];
    for (const question of scope.questions) {
      asked.push({ question, hits: await hitsOf(search, question.q) });
    }
    return { scope, now, asked, ...(await rowsOf(store.conversations)) };
  } finally {
    await model.close();
    await vectors.close();
    await store.close();
  }
}

async function hitsOf(search: Search, query: string): Promise<RecordedHit[]> {
  const { hits, degraded } = await search.search(LOCAL_OWNER, {
    query,
    filter: { statuses: ["active"] },
    mode: "hybrid",
    limit: DEPTH,
    offset: 0,
    groupByConversation: false,
    neighbours: 0,
    minScore: 0,
  });
  if (degraded !== null) throw new Error(`A search is degraded: ${degraded}`);
  return hits.map(({ message, score }) => ({ id: message.id, score }));
}

type Rows = Awaited<ReturnType<typeof openSqliteStore>>["conversations"];

async function rowsOf(store: Rows) {
  const sort = { by: "created_at", direction: "asc" } as const;
  const { items } = await store.list(LOCAL_OWNER, {}, { limit: PAGE, offset: 0, sort });
  const messages: Message[] = [];
  for (const { id, messageCount } of items) {
    const page = await store.messages(LOCAL_OWNER, id, { offset: 0, limit: messageCount });
    messages.push(...page.items);
  }
  return {
    conversations: new Map(items.map((one) => [one.id, one])),
    messages: new Map(messages.map((one) => [one.id, one])),
  };
}

function endOf(scope: Scope): number {
  const times = scope.sessions.flatMap(({ units }) =>
    units.map(({ ts }) => Date.parse(timeOf(ts))),
  );
  return Math.max(...times) + HOUR;
}
