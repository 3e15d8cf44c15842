import type {
  ConversationDraft,
  ConversationFilter,
  ConversationPatch,
  MessageDraft,
  MessageFilter,
  Owner,
} from "../../core/conversations/conversation.ts";
import type {
  ConversationSort,
  IdempotencyClaim,
  ImportIdentity,
  Page,
} from "../../core/ports/conversation-store.ts";
import type { CostChanges, CostGrouping } from "../../core/ports/cost-store.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { EmbeddingFailure } from "../../core/ports/embedding-queue.ts";
import type { FactFilter, ReadFacts } from "../../core/ports/fact-store.ts";
import type { Judgement } from "../../core/ports/importance-work.ts";
import type { Job } from "../../core/ports/job-store.ts";
import type { ApiKey, KeyRotation } from "../../core/ports/key-store.ts";
import type {
  CandidateRequest,
  TextQuery,
  TextSearchOptions,
} from "../../core/ports/message-index.ts";
import type { SummaryFilter, SummaryLevel, SummaryStore } from "../../core/ports/summary-store.ts";
import { candidateMessages, speakerNames } from "./candidate-reads.ts";
import type { Connection } from "./connection.ts";
import * as reads from "./conversation-reads.ts";
import * as writes from "./conversation-writes.ts";
import * as costs from "./cost-writes.ts";
import * as embeddings from "./embedding-writes.ts";
import * as facts from "./facts.ts";
import type { FullText } from "./full-text.ts";
import * as importance from "./importance.ts";
import * as keysAndJobs from "./keys-and-jobs.ts";
import * as messages from "./message-reads.ts";
import { createPrivately } from "./sql-connection.ts";
import * as summaries from "./summaries.ts";
import * as users from "./users.ts";
import * as vectors from "./vector-reads.ts";

/** What an operation runs with, in whichever thread. */
export interface OperationContext {
  connection: Connection;
  fullText: FullText;
  write: writes.WriteContext;
}

type Context = OperationContext;

/** Lists of some hundred objects cross threads as JSON in half the time that copying them object by object takes. */
export type Json<Value> = string & { readonly of?: Value };

function asJson<Value>(value: Value): Json<Value> {
  return JSON.stringify(value);
}

/** Everything that changes rows; runs in the writer, each in a savepoint of the group's transaction. */
export const WRITES = {
  create: (
    { connection, write }: Context,
    a: { owner: Owner; draft: ConversationDraft; idempotency?: IdempotencyClaim },
  ) => writes.createConversation(connection, a.owner, { ...a, context: write }),
  createMany: ({ connection, write }: Context, a: { owner: Owner; drafts: ConversationDraft[] }) =>
    a.drafts.map(
      (draft) =>
        writes.createConversation(connection, a.owner, { draft, context: write }).conversation,
    ),
  append: (
    { connection, write }: Context,
    a: { owner: Owner; id: string; messages: MessageDraft[] },
  ) => writes.appendMessages(connection, a.owner, { ...a, context: write }),
  import: (
    { connection, write }: Context,
    a: { owner: Owner; identity: ImportIdentity; draft: ConversationDraft },
  ) => writes.importConversation(connection, a.owner, { ...a, context: write }),
  update: (
    { connection, write }: Context,
    a: { owner: Owner; id: string; patch: ConversationPatch },
  ) => writes.updateConversation(connection, a.owner, { ...a, context: write }),
  delete: ({ connection }: Context, a: { owner: Owner; ids: string[] }) =>
    writes.deleteConversations(connection, a.owner, a.ids),
  claim: ({ connection }: Context, a: { limit: number; now: number; leaseMs: number }) =>
    embeddings.claimTasks(connection, a),
  complete: (
    { connection }: Context,
    a: { model: EmbeddingModelIdentity; results: embeddings.EmbeddedMessage[] },
  ) => embeddings.completeTasks(connection, a.model, a.results),
  fail: ({ connection }: Context, a: { failures: EmbeddingFailure[] }) =>
    embeddings.failTasks(connection, a.failures),
  releaseClaims: ({ connection }: Context, _: object) => embeddings.releaseClaims(connection),
  retryParked: ({ connection, write }: Context, a: { owner: Owner }) =>
    embeddings.retryParked(connection, a.owner, write.now),
  enqueueFrom: (
    { connection, write }: Context,
    a: {
      owner: Owner;
      options: { model: EmbeddingModelIdentity; cursor: number; limit: number; force: boolean };
    },
  ) => embeddings.enqueueFrom(connection, a.owner, { ...a.options, now: write.now }),
  noteJudgement: ({ connection }: Context, a: { owner: Owner; id: string; judgement: Judgement }) =>
    importance.noteJudgement(connection, a.owner, a),
  saveConversationSummary: (
    { connection }: Context,
    a: { owner: Owner; summary: Parameters<SummaryStore["saveOfConversation"]>[1] },
  ) => summaries.saveConversationSummary(connection, a.owner, a.summary),
  savePeriodSummary: (
    { connection }: Context,
    a: { owner: Owner; summary: Parameters<SummaryStore["savePeriod"]>[1] },
  ) => summaries.savePeriodSummary(connection, a.owner, a.summary),
  removeSummary: ({ connection }: Context, a: { owner: Owner; id: string }) =>
    summaries.removeSummary(connection, a.owner, a.id),
  saveFacts: ({ connection }: Context, a: { owner: Owner; id: string; read: ReadFacts }) =>
    facts.saveFacts(connection, a.owner, a),
  putJob: ({ connection }: Context, a: { owner: Owner; job: Job }) =>
    keysAndJobs.putJob(connection, a.owner, a.job),
  insertKey: ({ connection }: Context, a: { key: ApiKey; hash: string }) =>
    keysAndJobs.insertKey(connection, a.key, a.hash),
  revokeKey: ({ connection }: Context, a: { owner: Owner; idOrName: string; now: number }) =>
    keysAndJobs.revokeKey(connection, a.owner, a),
  rotateKey: (
    { connection }: Context,
    a: { owner: Owner; idOrName: string; rotation: KeyRotation },
  ) => keysAndJobs.rotateKey(connection, a.owner, a),
  touchKey: ({ connection }: Context, a: { id: string; now: number }) =>
    keysAndJobs.touchKey(connection, a.id, a.now),
  eraseUser: ({ connection }: Context, a: { owner: Owner }) => users.eraseUser(connection, a.owner),
  writeCosts: ({ connection }: Context, a: { changes: CostChanges }) =>
    costs.writeCosts(connection, a.changes),
  settleCostOrphans: ({ connection }: Context, _: object) => costs.settleOrphans(connection),
  writeNote: ({ connection }: Context, a: { key: string; value: string; once: boolean }) =>
    vectors.writeNote(connection, a),
  /** Proves that a row can be written. */
  ping: ({ connection, write }: Context, _: object) => {
    connection.execute(
      `INSERT INTO settings (owner, key, value) VALUES ('', 'heartbeat', ?1)
       ON CONFLICT (owner, key) DO UPDATE SET value = ?1`,
      [String(write.now)],
    );
  },
};

/** Everything that only reads; runs in the readers, beside the writer. */
export const READS = {
  get: ({ connection }: Context, a: { owner: Owner; id: string }) =>
    writes.requireConversation(connection, a.owner, a.id).conversation,
  messages: ({ connection }: Context, a: { owner: Owner; id: string; page: Page }) =>
    reads.readMessages(connection, a.owner, a),
  turnsAround: (
    { connection }: Context,
    a: { owner: Owner; ids: readonly string[]; reach: number },
  ) => reads.turnsAround(connection, a.owner, a),
  list: (
    { connection }: Context,
    a: { owner: Owner; filter: ConversationFilter; page: Page & { sort?: ConversationSort } },
  ) => reads.listConversations(connection, a.owner, a),
  counts: ({ connection }: Context, a: { owner: Owner; filter: ConversationFilter }) =>
    reads.countConversations(connection, a.owner, a.filter),
  ids: ({ connection }: Context, a: { owner: Owner; filter: ConversationFilter; limit: number }) =>
    reads.conversationIds(connection, a.owner, a),
  scan: (
    { connection }: Context,
    a: { owner: Owner; filter: ConversationFilter; page: { limit: number; cursor?: string } },
  ) => reads.scanConversations(connection, a.owner, a),
  stats: ({ connection }: Context, a: { owner: Owner; filter: ConversationFilter }) =>
    reads.memoryStats(connection, a.owner, a.filter),
  message: ({ connection }: Context, a: { owner: Owner; id: string }) =>
    reads.readMessage(connection, a.owner, a.id),
  searchText: ({ fullText }: Context, a: { owner: Owner; query: TextQuery } & TextSearchOptions) =>
    asJson(fullText.search(a.owner, a)),
  warm: ({ fullText }: Context, a: { owner: Owner; after: string }) =>
    fullText.warm(a.owner, a.after),
  briefs: (
    { connection }: Context,
    a: { owner: Owner; messages: number[]; filter: MessageFilter },
  ) => messages.messageBriefs(connection, a.owner, a),
  neighbours: ({ connection }: Context, a: { owner: Owner; messages: number[]; radius: number }) =>
    messages.messageNeighbours(connection, a.owner, a),
  candidates: ({ connection }: Context, a: { owner: Owner; request: CandidateRequest }) =>
    asJson(candidateMessages(connection, a.owner, a.request)),
  speakers: ({ connection }: Context, a: { owner: Owner }) => speakerNames(connection, a.owner),
  hydrate: ({ connection }: Context, a: { owner: Owner; messages: number[] }) =>
    messages.hydrateMessages(connection, a.owner, a.messages),
  around: ({ connection }: Context, a: { owner: Owner; message: number; radius: number }) =>
    messages.messagesAround(connection, a.owner, a),
  embeddingModels: ({ connection }: Context, _: object) =>
    connection.rows<{ id: string; dimension: number }>(
      "SELECT id, dimension FROM embedding_models ORDER BY seq",
    ),
  locate: ({ connection }: Context, a: { owner: Owner; ids: readonly string[] }) =>
    vectors.locateMessages(connection, a.owner, a.ids),
  describe: ({ connection }: Context, a: { owner: Owner; messages: readonly number[] }) =>
    vectors.describeMessages(connection, a.owner, a.messages),
  vectorsOf: (
    { connection }: Context,
    a: { owner: Owner; modelId: string; messages: readonly number[] },
  ) => vectors.vectorsOfMessages(connection, a.owner, a),
  chunksOf: (
    { connection }: Context,
    a: { owner: Owner; modelId: string; messages: readonly number[] },
  ) => vectors.chunksOfMessages(connection, a.owner, a),
  vectorsAfter: ({ connection }: Context, a: { dimension: number; after: number; limit: number }) =>
    vectors.vectorsAfter(connection, a),
  vectorCounts: ({ connection }: Context, _: object) => vectors.vectorCounts(connection),
  vectorCollections: ({ connection }: Context, a: { owner: Owner }) =>
    vectors.vectorCollections(connection, a.owner),
  note: ({ connection }: Context, a: { key: string }) => vectors.readNote(connection, a.key),
  queueStatus: ({ connection }: Context, a: { owner: Owner | null; now: number }) =>
    embeddings.queueStatus(connection, a.owner, a.now),
  findKey: ({ connection }: Context, a: { hash: string; now: number }) =>
    keysAndJobs.findKey(connection, a.hash, a.now),
  listKeys: ({ connection }: Context, a: { owner: Owner }) =>
    keysAndJobs.listKeys(connection, a.owner),
  allKeys: ({ connection }: Context, _: object) => keysAndJobs.allKeys(connection),
  users: ({ connection }: Context, _: object) => users.listUsers(connection),
  anyKey: ({ connection }: Context, _: object) => keysAndJobs.anyKey(connection),
  getJob: ({ connection }: Context, a: { owner: Owner; id: string }) =>
    keysAndJobs.readJob(connection, a.owner, a.id),
  listJobs: (
    { connection }: Context,
    a: { owner: Owner; limit: number; kind: Job["kind"] | null },
  ) => keysAndJobs.listJobs(connection, a.owner, a),
  dueConversations: ({ connection }: Context, a: { quietBefore: number; limit: number }) =>
    importance.dueConversations(connection, a),
  listFacts: ({ connection }: Context, a: { owner: Owner; filter: FactFilter; page: Page }) =>
    facts.listFacts(connection, a.owner, a),
  factsOf: ({ connection }: Context, a: { owner: Owner; ids: readonly string[] }) =>
    facts.factsOfMessages(connection, a.owner, a.ids),
  unreadForFacts: ({ connection }: Context, a: { quietBefore: number; limit: number }) =>
    facts.unreadForFacts(connection, a),
  listSummaries: (
    { connection }: Context,
    a: { owner: Owner; filter: SummaryFilter; page: Page },
  ) => summaries.listSummaries(connection, a.owner, a),
  findSummary: ({ connection }: Context, a: { owner: Owner; id: string; level: SummaryLevel }) =>
    summaries.findSummary(connection, a.owner, a),
  stretches: ({ connection }: Context, a: { owner: Owner; id: string }) =>
    summaries.stretchesOf(connection, a.owner, a.id),
  summariesOf: ({ connection }: Context, a: { owner: Owner; ids: readonly string[] }) =>
    summaries.summariesOfConversations(connection, a.owner, a.ids),
  periodSummaries: (
    { connection }: Context,
    a: { owner: Owner; level: SummaryLevel; since: number },
  ) => summaries.periodSummaries(connection, a.owner, a),
  conversationDays: (
    { connection }: Context,
    a: {
      owner: Owner;
      range: Parameters<SummaryStore["days"]>[1];
      page: Parameters<SummaryStore["days"]>[2];
    },
  ) => summaries.conversationDays(connection, a.owner, a),
  dueForSummary: (
    { connection }: Context,
    a: { owner: Owner; wanted: Parameters<SummaryStore["due"]>[1] },
  ) => summaries.dueForSummary(connection, a.owner, a.wanted),
  unfinishedJobs: ({ connection }: Context, _: object) => keysAndJobs.unfinishedJobs(connection),
  costSpentSince: ({ connection }: Context, a: { owner: Owner; day: string; key?: string }) =>
    costs.spentSince(connection, a.owner, a),
  costSpentByKey: ({ connection }: Context, a: { since: string }) =>
    costs.spentByKey(connection, a.since),
  costSums: (
    { connection }: Context,
    a: { owner: Owner | null; by: CostGrouping | "owner"; since?: string; until?: string },
  ) => costs.costSums(connection, a.owner, a),
  totals: ({ connection }: Context, _: object) => {
    const [row] = connection.rows<{ conversations: number; messages: number }>(
      "SELECT count(*) AS conversations, coalesce(sum(message_count), 0) AS messages FROM conversations",
    );
    const count = vectors.vectorCounts(connection).reduce((sum, one) => sum + one.vectors, 0);
    return { conversations: 0, messages: 0, ...row, vectors: count };
  },
  ping: ({ connection }: Context, _: object) => connection.rows("SELECT 1 AS ok").length,
  backup: ({ connection }: Context, a: { file: string }) => {
    createPrivately(a.file);
    connection.execute("VACUUM INTO ?", [a.file]);
  },
};

export type Writes = typeof WRITES;
export type Reads = typeof READS;
export type Arguments<Operation> = Operation extends (context: Context, a: infer A) => unknown
  ? A
  : never;
export type Result<Operation> = Operation extends (...parameters: never[]) => infer R ? R : never;
