import type { SearchRequest } from "@sekha/sdk/contract";
import { splitWords } from "../../server/src/core/search/query-terms.ts";
import { STOP_WORDS } from "../../server/src/core/search/stop-words.ts";
import { type Product, untilIdle } from "./product.ts";
import { percentile } from "./statistics.ts";

/** Times of one kind of search in milliseconds, end to end and inside the server. */
export interface Timed {
  name: string;
  total: number[];
  server: number[];
  degraded: number;
}

interface Kind {
  name: string;
  count: number;
  request?: Omit<SearchRequest, "query">;
  /** Full-text search by the user's own words rather than recall. */
  fullText?: boolean;
}

export const HYBRID_KIND = "hybrid";
export const KEYWORD_KIND = "keyword";

const KINDS: Kind[] = [
  { name: HYBRID_KIND, count: 400 },
  { name: KEYWORD_KIND, count: 300, request: { mode: "keyword" } },
  { name: "semantic", count: 150, request: { mode: "semantic" } },
  { name: "hybrid, in a folder (5 %)", count: 150, request: { folder: "/made/7" } },
  { name: "hybrid, one role", count: 150, request: { role: "assistant" } },
  { name: "hybrid, since a day (last 10 %)", count: 150, request: { since: "2024-09-22" } },
  { name: "hybrid, conversations", count: 150, request: { group_by: "conversation" } },
  { name: "hybrid, with 2 turns around", count: 150, request: { neighbours: 2 } },
  { name: "full text, two words", count: 150, fullText: true },
];

/** Searches before those that are measured, once what is read ahead after a start is there: they fill caches. */
const WARM_UP_SEARCHES = 100;

/** Hands out questions one after the other, so that none is asked again while it is remembered. */
export class Questions {
  readonly #all: readonly string[];
  #next = 0;

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  next(): string {
    const question = this.#all[this.#next % this.#all.length] ?? "";
    this.#next += 1;
    return question;
  }
}

/** One client that asks real questions, one after the other. */
export async function measureSearches(
  product: Product,
  questions: Questions,
  { share }: { share: number },
): Promise<Timed[]> {
  await untilIdle(product);
  for (let asked = 0; asked < WARM_UP_SEARCHES; asked += 1) {
    await product.search({ query: questions.next() });
  }
  const timed: Timed[] = [];
  for (const kind of KINDS) {
    timed.push(await measureKind(product, questions, { ...kind, count: kind.count * share }));
  }
  return timed;
}

async function measureKind(product: Product, questions: Questions, kind: Kind): Promise<Timed> {
  const timed: Timed = { name: kind.name, total: [], server: [], degraded: 0 };
  for (let count = 0; count < kind.count; count += 1) {
    const question = questions.next();
    const startedAt = performance.now();
    if (kind.fullText) {
      await product.post("/api/v1/search/fts", { query: twoWords(question) });
    } else {
      const answer = await product.search({ query: question, ...kind.request });
      timed.server.push(answer.took_ms);
      timed.degraded += answer.degraded === null ? 0 : 1;
    }
    timed.total.push(performance.now() - startedAt);
  }
  return timed;
}

/** The two longest words, as people type them into a search box. */
function twoWords(question: string): string {
  return splitWords(question)
    .filter((word) => !STOP_WORDS.has(word))
    .sort((left, right) => right.length - left.length)
    .slice(0, 2)
    .join(" ");
}

export function spread(values: readonly number[]): [number, number, number] {
  return [percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)];
}
