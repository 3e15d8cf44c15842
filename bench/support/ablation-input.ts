import { LOCAL_OWNER } from "../../server/src/core/conversations/conversation.ts";
import { type EmbeddingModel, onlyModel } from "../../server/src/core/ports/embedding-model.ts";
import { CandidateGathering } from "../../server/src/core/search/candidate-gathering.ts";
import type { FusionInput } from "../../server/src/core/search/fusion.ts";
import { cleanQuery, splitWords } from "../../server/src/core/search/query-terms.ts";
import { createEmbeddedModel } from "../../server/src/llm/providers/builtin/embedded-model.ts";
import { dataDirectoryAt } from "../../server/src/storage/data-directory.ts";
import type { RowStore } from "../../server/src/storage/row-store.ts";
import { openSqliteStore } from "../../server/src/storage/sqlite/sqlite-store.ts";
import { createEmbeddedVectorStore } from "../../server/src/storage/vectors/embedded/embedded-vector-store.ts";
import type { Question, Scope } from "./data-sets.ts";
import { progress } from "./report.ts";

/** What the product's ranking gets for each question of a scope. */
export interface GatheredScope {
  scope: Scope;
  /** Unit id and session by the store's number of the message. */
  units: ReadonlyMap<number, string>;
  /** Session name by the store's number of the conversation. */
  sessions: ReadonlyMap<number, string>;
  inputs: { question: Question; input: FusionInput }[];
}

const WAIT_MS = 60_000;

/** Collects candidates through the real stores of a stopped product's data directory. */
export async function gatherScope(directory: string, scope: Scope): Promise<GatheredScope> {
  const files = dataDirectoryAt(directory);
  const store = await openSqliteStore({ file: files.database, readers: 1 });
  const vectors = createEmbeddedVectorStore({
    databaseFile: files.database,
    directory: files.vectors,
    log: (_level, message) => progress(message),
  });
  const model = createEmbeddedModel({ log: { info: () => undefined, warn: progress } });
  try {
    const gathering = new CandidateGathering({
      index: store.index,
      vectors,
      models: onlyModel(model),
      semanticTimeoutMs: WAIT_MS,
      keepTexts: true,
    });
    const inputs = await inputsOf(scope, store, gathering);
    return { scope, inputs, ...(await namesOf(scope, store)) };
  } finally {
    await closeAll(model, [vectors, store]);
  }
}

async function closeAll(
  model: EmbeddingModel,
  stores: readonly { close(): Promise<void> }[],
): Promise<void> {
  await model.close();
  for (const store of stores) await store.close();
}

async function inputsOf(scope: Scope, { index }: RowStore, gathering: CandidateGathering) {
  const speakerWords = new Set((await index.speakers(LOCAL_OWNER)).flatMap(splitWords));
  const inputs: GatheredScope["inputs"] = [];
  for (const question of scope.questions) {
    const query = cleanQuery(question.q, { speakerWords, now: Date.now() });
    const { candidates, statistics } = await gathering.gather(LOCAL_OWNER, query, {
      query: question.q,
      filter: { statuses: ["active"] },
      mode: "hybrid",
      limit: 10,
      offset: 0,
      groupByConversation: false,
      neighbours: 0,
      minScore: 0,
    });
    inputs.push({ question, input: { query, candidates, statistics } });
  }
  return inputs;
}

/** The rows were stored in order, so that the numbers go from 1. */
async function namesOf(scope: Scope, { index }: RowStore) {
  const count = scope.sessions.reduce((sum, session) => sum + session.units.length, 0);
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const found = await index.hydrate(LOCAL_OWNER, numbers);
  const briefs = await index.briefs(LOCAL_OWNER, numbers, {});
  const conversationOf = new Map(briefs.map((brief) => [brief.message, brief.conversation]));
  return {
    units: new Map(found.map((one) => [one.sequence, String(one.message.metadata.unit)])),
    sessions: new Map(
      found.map((one) => [conversationOf.get(one.sequence) ?? 0, one.conversation.label]),
    ),
  };
}
