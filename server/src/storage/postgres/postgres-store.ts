import { randomUUID } from "node:crypto";
import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { ConversationStore } from "../../core/ports/conversation-store.ts";
import type { FactStore } from "../../core/ports/fact-store.ts";
import type { ImportanceWork } from "../../core/ports/importance-work.ts";
import type { JobStore } from "../../core/ports/job-store.ts";
import type { KeyStore } from "../../core/ports/key-store.ts";
import type { MessageIndex } from "../../core/ports/message-index.ts";
import type { SummaryStore } from "../../core/ports/summary-store.ts";
import type { UserStore } from "../../core/ports/user-store.ts";
import type { RowStore } from "../row-store.ts";
import * as reads from "./conversation-reads.ts";
import * as writes from "./conversation-writes.ts";
import type { PostgresDatabase } from "./database.ts";
import { releaseClaims } from "./embedding-writes.ts";
import * as facts from "./facts.ts";
import { FullText } from "./full-text.ts";
import { importConversation } from "./import-writes.ts";
import * as importance from "./importance.ts";
import * as jobs from "./jobs.ts";
import * as keys from "./keys.ts";
import { LiveProcess } from "./live-process.ts";
import * as messages from "./message-reads.ts";
import { openDatabase, type PostgresOptions } from "./open-database.ts";
import { PostgresCosts } from "./postgres-costs.ts";
import { PostgresQueue } from "./postgres-queue.ts";
import * as summaries from "./summaries.ts";
import * as users from "./users.ts";
import { vectorRowSource } from "./vector-row-source.ts";
import type { VectorTables } from "./vector-rows.ts";

/** What a store needs from outside; given in tests. */
export interface PostgresEnvironment {
  now: () => number;
  newId: () => string;
}

export interface PostgresStore extends RowStore {
  database: PostgresDatabase;
  /** Where the components of vectors stand from now on; null: in their rows. */
  keepVectorsIn(tables: VectorTables | null): void;
  /** Another process changed keys. */
  keysChanged(): void;
}

const HERE: PostgresEnvironment = { now: () => Date.now(), newId: () => randomUUID() };

/** Connects, migrates and resolves when rows can be written. */
export async function openPostgresStore(
  options: PostgresOptions,
  environment: PostgresEnvironment = HERE,
): Promise<PostgresStore> {
  const database = await openDatabase(options);
  return storeOn(database, environment);
}

function storeOn(database: PostgresDatabase, environment: PostgresEnvironment): PostgresStore {
  const process = new LiveProcess(database, {
    id: environment.newId(),
    tidy: (session) => releaseClaims(session, ""),
  });
  const queue = new PostgresQueue(database, { process, now: environment.now });
  const costs = new PostgresCosts(database, process);
  const watchers = new Set<() => void>();
  const keysChanged = () => {
    for (const changed of watchers) changed();
  };
  return {
    database,
    conversations: conversationStore(database, environment),
    index: messageIndex(database, environment),
    queue,
    jobs: jobStore(database),
    importance: importanceWork(database),
    summaries: summaryStore(database),
    facts: factStore(database),
    keys: keyStore(database, { watchers, keysChanged }),
    users: userStore(database, keysChanged),
    costs,
    vectorRows: vectorRowSource(database),
    keepVectorsIn: (tables) => queue.keepVectorsIn(tables),
    keysChanged,
    embeddingModels: () =>
      database.asService((session) =>
        session.rows("SELECT id, dimension FROM embedding_models ORDER BY seq"),
      ),
    totals: () => totals(database),
    check: () => check(database, environment),
    // PostgreSQL keeps what is used in its own memory.
    warm: async () => undefined,
    backup: async () => {
      throw new SekhaError(
        "invalid_request",
        "A memory in PostgreSQL is backed up with pg_dump (the whole database, consistent while it runs), or with `sekha export` (conversations as files).",
      );
    },
    close: async () => {
      await process.end();
      await database.close();
    },
  };
}

async function totals(
  database: PostgresDatabase,
): Promise<{ conversations: number; messages: number; vectors: number }> {
  const [row] = await database.asService((session) =>
    session.rows<{ conversations: number; messages: number; vectors: number }>(
      `SELECT count(*) AS conversations, coalesce(sum(message_count), 0) AS messages,
         (SELECT count(*) FROM vectors) AS vectors
       FROM conversations`,
    ),
  );
  return row ?? { conversations: 0, messages: 0, vectors: 0 };
}

/** Proves that a row can be written. */
async function check(database: PostgresDatabase, { now }: PostgresEnvironment): Promise<void> {
  await database.asService((session) =>
    session.execute(
      `INSERT INTO settings (owner, key, value) VALUES ('', 'heartbeat', $1)
       ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value`,
      [String(now())],
    ),
  );
}

function conversationStore(
  database: PostgresDatabase,
  { now, newId }: PostgresEnvironment,
): ConversationStore {
  const context = () => ({ now: now(), newId });
  return {
    create: (owner, draft, idempotency) =>
      database.forOwner(owner, (session) =>
        writes.createConversation(session, owner, {
          draft,
          context: context(),
          ...(idempotency === undefined ? {} : { idempotency }),
        }),
      ),
    createMany: (owner, drafts) =>
      database.forOwner(owner, async (session) => {
        const stored = [];
        for (const draft of drafts) {
          const request = { draft, context: context() };
          stored.push((await writes.createConversation(session, owner, request)).conversation);
        }
        return stored;
      }),
    append: (owner, id, drafts) =>
      database.forOwner(owner, (session) =>
        writes.appendMessages(session, owner, { id, messages: drafts, context: context() }),
      ),
    import: (owner, identity, draft) =>
      database.forOwner(owner, (session) =>
        importConversation(session, owner, { identity, draft, context: context() }),
      ),
    get: (owner, id) =>
      database.forOwner(owner, async (session) => {
        const found = await reads.requireConversation(session, owner, id);
        return found.conversation;
      }),
    messages: (owner, id, page) =>
      database.forOwner(owner, (session) => reads.readMessages(session, owner, { id, page })),
    turnsAround: (owner, ids, reach) =>
      database.forOwner(owner, (session) => reads.turnsAround(session, owner, { ids, reach })),
    list: (owner, filter, page) =>
      database.forOwner(owner, (session) =>
        reads.listConversations(session, owner, { filter, page }),
      ),
    counts: (owner, filter) =>
      database.forOwner(owner, (session) => reads.countConversations(session, owner, filter)),
    update: (owner, id, patch) =>
      database.forOwner(owner, (session) =>
        writes.updateConversation(session, owner, { id, patch, context: context() }),
      ),
    delete: (owner, ids) =>
      database.forOwner(owner, (session) => writes.deleteConversations(session, owner, ids)),
    ids: (owner, filter, limit) =>
      database.forOwner(owner, (session) =>
        reads.conversationIds(session, owner, { filter, limit }),
      ),
    scan: (owner, filter, page) =>
      database.forOwner(owner, (session) =>
        reads.scanConversations(session, owner, { filter, page }),
      ),
    stats: (owner, filter) =>
      database.forOwner(owner, (session) => reads.memoryStats(session, owner, filter)),
    message: (owner, id) =>
      database.forOwner(owner, (session) => reads.readMessage(session, owner, id)),
  };
}

function messageIndex(database: PostgresDatabase, environment: PostgresEnvironment): MessageIndex {
  const fullText = new FullText(environment);
  return {
    searchText: (owner, query, { filter, limit }) =>
      database.forOwner(owner, (session) =>
        fullText.search(session, owner, { query, filter, limit }),
      ),
    briefs: (owner, numbers, filter) =>
      database.forOwner(owner, (session) =>
        messages.messageBriefs(session, owner, { messages: numbers, filter }),
      ),
    neighbours: (owner, numbers, radius) =>
      database.forOwner(owner, (session) =>
        messages.messageNeighbours(session, owner, { messages: numbers, radius }),
      ),
    candidates: (owner, request) =>
      database.forOwner(owner, (session) => messages.candidateMessages(session, owner, request)),
    speakers: (owner) =>
      database.forOwner(owner, (session) => messages.speakerNames(session, owner)),
    hydrate: (owner, numbers) =>
      database.forOwner(owner, (session) => messages.hydrateMessages(session, owner, numbers)),
    around: (owner, message, radius) =>
      database.forOwner(owner, (session) =>
        messages.messagesAround(session, owner, { message, radius }),
      ),
  };
}

function importanceWork(database: PostgresDatabase): ImportanceWork {
  return {
    due: (quietBefore, limit) =>
      database.asService((session) => importance.dueConversations(session, { quietBefore, limit })),
    note: (owner, id, judgement) =>
      database.forOwner(owner, (session) =>
        importance.noteJudgement(session, owner, { id, judgement }),
      ),
  };
}

function summaryStore(database: PostgresDatabase): SummaryStore {
  return {
    list: (owner, filter, page) =>
      database.forOwner(owner, (session) =>
        summaries.listSummaries(session, owner, { filter, page }),
      ),
    find: (owner, id, level) =>
      database.forOwner(owner, (session) => summaries.findSummary(session, owner, { id, level })),
    stretches: (owner, id) =>
      database.forOwner(owner, (session) => summaries.stretchesOf(session, owner, id)),
    summariesOf: (owner, ids) =>
      database.forOwner(owner, (session) =>
        summaries.summariesOfConversations(session, owner, ids),
      ),
    saveOfConversation: (owner, summary) =>
      database.forOwner(owner, (session) =>
        summaries.saveConversationSummary(session, owner, summary),
      ),
    periods: (owner, level, since) =>
      database.forOwner(owner, (session) =>
        summaries.periodSummaries(session, owner, { level, since }),
      ),
    savePeriod: (owner, summary) =>
      database.forOwner(owner, (session) => summaries.savePeriodSummary(session, owner, summary)),
    remove: (owner, id) =>
      database.forOwner(owner, (session) => summaries.removeSummary(session, owner, id)),
    days: (owner, range, page) =>
      database.forOwner(owner, (session) =>
        summaries.conversationDays(session, owner, { range, page }),
      ),
    due: (owner, wanted) =>
      database.forOwner(owner, (session) => summaries.dueForSummary(session, owner, wanted)),
  };
}

function factStore(database: PostgresDatabase): FactStore {
  return {
    list: (owner, filter, page) =>
      database.forOwner(owner, (session) => facts.listFacts(session, owner, { filter, page })),
    factsOf: (owner, ids) =>
      database.forOwner(owner, (session) => facts.factsOfMessages(session, owner, ids)),
    unread: (quietBefore, limit) =>
      database.asService((session) => facts.unreadForFacts(session, { quietBefore, limit })),
    save: (owner, id, read) =>
      database.forOwner(owner, (session) => facts.saveFacts(session, owner, { id, read })),
  };
}

function jobStore(database: PostgresDatabase): JobStore {
  return {
    put: (owner, job) => database.forOwner(owner, (session) => jobs.putJob(session, owner, job)),
    get: (owner, id) => database.forOwner(owner, (session) => jobs.readJob(session, owner, id)),
    list: (owner, limit, kind) =>
      database.forOwner(owner, (session) => jobs.listJobs(session, owner, { limit, kind })),
    unfinished: () => database.asService((session) => jobs.unfinishedJobs(session)),
  };
}

interface KeyChanges {
  watchers: Set<() => void>;
  keysChanged: () => void;
}

function keyStore(database: PostgresDatabase, { watchers, keysChanged }: KeyChanges): KeyStore {
  const changing = async <T>(change: Promise<T>): Promise<T> => {
    const result = await change;
    keysChanged();
    return result;
  };
  return {
    create: (key, hash) =>
      changing(database.forOwner(key.owner, (session) => keys.insertKey(session, key, hash))),
    find: (hash, now) => database.asService((session) => keys.findKey(session, hash, now)),
    list: (owner) => database.forOwner(owner, (session) => keys.listKeys(session, owner)),
    all: () => database.asService((session) => keys.allKeys(session)),
    rotate: (owner, idOrName, rotation) =>
      changing(
        database.forOwner(owner, (session) =>
          keys.rotateKey(session, owner, { idOrName, rotation }),
        ),
      ),
    revoke: (owner, idOrName, now) =>
      changing(
        database.forOwner(owner, (session) => keys.revokeKey(session, owner, { idOrName, now })),
      ),
    touch: (id, now) => database.asService((session) => keys.touchKey(session, id, now)),
    any: () => database.asService((session) => keys.anyKey(session)),
    watch: (changed) => {
      watchers.add(changed);
    },
  };
}

function userStore(database: PostgresDatabase, keysChanged: () => void): UserStore {
  return {
    list: () => database.asService((session) => users.listUsers(session)),
    erase: async (owner: Owner) => {
      await database.asService((session) => users.eraseUser(session, owner));
      // An index belongs to the login role.
      await database.asLogin((session) => users.dropVectorIndexes(session, owner));
      keysChanged();
    },
  };
}
