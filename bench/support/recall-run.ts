import type { SearchHit, SearchRequest, SearchResponse } from "@sekha/sdk/contract";
import { relevanceOfMeaning } from "../../server/src/core/search/fusion.ts";
import { Bm25 } from "./bm25.ts";
import { type Question, type Scope, timeOf } from "./data-sets.ts";
import { type Measures, measure } from "./measures.ts";
import { type Product, pause } from "./product.ts";
import {
  conversationsByFirst,
  conversationsOf,
  equalShares,
  type ListedHit,
  reciprocalRankFusion,
} from "./rank-fusion.ts";

/** What one way of ranking made of one question. */
export interface Outcome {
  messages: Measures;
  /** Null where the set does not say which sessions answer. */
  sessions: Measures | null;
}

/** One question with what every way of ranking made of it. */
export interface Answered {
  scope: Scope;
  question: Question;
  outcomes: Record<string, Outcome>;
}

export const HYBRID = "Sekha hybrid";
export const BASELINE = "BM25";
export const SYSTEMS = {
  baseline: BASELINE,
  baselineByFirst: "BM25, session of the first turn",
  keyword: "Sekha keyword",
  semantic: "Sekha semantic",
  plainRanks: "RRF(60): BM25 + semantic",
  plainShares: "half and half: BM25 + cosine",
  ownRanks: "RRF(60): keyword + semantic",
  ownShares: "half and half: keyword + semantic",
  hybrid: HYBRID,
} as const;

/** Deep enough for the rank of the first answer; ranking looks at the same candidates for 10. */
const DEPTH = 100;
const ATTEMPTS = 20;
const PAUSE_MS = 200;

/** Stores a scope session by session, as a client would that follows a conversation. */
export async function storeScope(product: Product, scope: Scope, folder: string): Promise<void> {
  for (const session of scope.sessions) {
    await product.store([
      {
        label: session.name,
        folder,
        messages: session.units.map((unit) => ({
          role: unit.role,
          content: unit.text,
          timestamp: timeOf(unit.ts),
          metadata: { unit: unit.id },
        })),
      },
    ]);
  }
}

/** Asks one question in hybrid mode: messages, and conversations. */
export async function askHybrid(
  product: Product,
  question: Question,
  filters: SearchRequest["filters"] = {},
): Promise<Outcome> {
  const hits = await ask(product, { query: question.q, filters, limit: DEPTH });
  const grouped = await searchWhole(product, {
    query: question.q,
    filters: filters ?? {},
    limit: DEPTH,
    group_by: "conversation",
  });
  const sessions = (grouped.conversations ?? []).map((found) => found.conversation.label);
  return outcomeOf(question, hits, sessions);
}

async function ask(product: Product, request: SearchRequest): Promise<ListedHit[]> {
  const { results } = await searchWhole(product, request);
  return results.map(listedHit);
}

/** On a busy machine a search may be answered by words alone; recall is not to depend on that. */
async function searchWhole(product: Product, request: SearchRequest): Promise<SearchResponse> {
  let degraded: string | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = await product.search(request);
    if (answer.degraded === null) return answer;
    ({ degraded } = answer);
    await pause(PAUSE_MS);
  }
  throw new Error(`A search stays degraded: ${degraded}`);
}

function listedHit({ metadata, label, score }: SearchHit): ListedHit {
  return { id: String(metadata.unit), conversation: label, score };
}

function outcomeOf(
  question: Question,
  hits: readonly ListedHit[],
  sessions: readonly string[],
): Outcome {
  const gold = question.gold_sessions ?? [];
  return {
    messages: measure(
      hits.map((hit) => hit.id),
      question.gold,
    ),
    sessions: gold.length === 0 ? null : measure(sessions, gold),
  };
}

/** All questions of a scope that is stored and embedded, by every way of ranking. */
export async function askScope(product: Product, scope: Scope): Promise<Answered[]> {
  const bm25 = new Bm25(
    scope.sessions.flatMap((session) =>
      session.units.map((unit) => ({
        id: unit.id,
        conversation: session.name,
        text: isSpeaker(unit.role) ? `${unit.role} ${unit.text}` : unit.text,
      })),
    ),
  );
  const answered: Answered[] = [];
  for (const question of scope.questions) {
    const lists = await listsOf(product, bm25, question);
    answered.push({ scope, question, outcomes: await outcomesOf(product, question, lists) });
  }
  return answered;
}

function isSpeaker(role: string): boolean {
  return role !== "user" && role !== "assistant";
}

interface Lists {
  words: ListedHit[];
  keyword: ListedHit[];
  semantic: ListedHit[];
}

async function listsOf(product: Product, bm25: Bm25, { q }: Question): Promise<Lists> {
  return {
    words: bm25.search(q).slice(0, DEPTH),
    keyword: await ask(product, { query: q, mode: "keyword", limit: DEPTH }),
    semantic: await ask(product, { query: q, mode: "semantic", limit: DEPTH }),
  };
}

async function outcomesOf(
  product: Product,
  question: Question,
  { words, keyword, semantic }: Lists,
): Promise<Record<string, Outcome>> {
  const grouped = (hits: readonly ListedHit[]) => outcomeOf(question, hits, conversationsOf(hits));
  const cosines = semantic.map((hit) => ({ ...hit, score: cosineOf(hit.score) }));
  return {
    [SYSTEMS.baseline]: grouped(words),
    [SYSTEMS.baselineByFirst]: outcomeOf(question, words, conversationsByFirst(words)),
    [SYSTEMS.keyword]: grouped(keyword),
    [SYSTEMS.semantic]: grouped(semantic),
    [SYSTEMS.plainRanks]: grouped(reciprocalRankFusion([words, semantic])),
    [SYSTEMS.plainShares]: grouped(equalShares([words, cosines])),
    [SYSTEMS.ownRanks]: grouped(reciprocalRankFusion([keyword, semantic])),
    [SYSTEMS.ownShares]: grouped(equalShares([keyword, cosines])),
    [SYSTEMS.hybrid]: await askHybrid(product, question),
  };
}

/** The answer's score turned back into the cosine it was made of, by halving the interval. */
function cosineOf(relevance: number): number {
  let low = -1;
  let high = 1;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (relevanceOfMeaning(middle) < relevance) low = middle;
    else high = middle;
  }
  return low;
}
