import { stem } from "../../server/src/core/search/porter-stemmer.ts";
import { splitWords } from "../../server/src/core/search/query-terms.ts";
import { STOP_WORDS } from "../../server/src/core/search/stop-words.ts";

export interface Bm25Document {
  id: string;
  conversation: string;
  /** The speaker's name belongs to it. */
  text: string;
}

export interface Bm25Hit {
  id: string;
  conversation: string;
  score: number;
}

const SATURATION = 1.2;
const LENGTH_SHARE = 0.75;

interface Posting {
  document: number;
  count: number;
}

/**
 * The yardstick: Okapi BM25 with k1 1.2 and b 0.75 over stemmed words without stop words
 * (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", 3.3), written apart from
 * the product's search but with the same stop words and stemmer.
 */
export class Bm25 {
  readonly #documents: readonly Bm25Document[];
  readonly #postings = new Map<string, Posting[]>();
  readonly #lengths: number[] = [];
  readonly #averageLength: number;

  constructor(documents: readonly Bm25Document[]) {
    this.#documents = documents;
    for (const [document, { text }] of documents.entries()) {
      const terms = splitWords(text)
        .filter((word) => !STOP_WORDS.has(word))
        .map(stem);
      this.#lengths.push(terms.length);
      for (const [term, found] of Map.groupBy(terms, (one) => one)) {
        const list = this.#postings.get(term) ?? [];
        list.push({ document, count: found.length });
        this.#postings.set(term, list);
      }
    }
    const total = this.#lengths.reduce((sum, length) => sum + length, 0);
    this.#averageLength = total / Math.max(1, documents.length);
  }

  /** Every document that holds a word of the query, best first; the earlier of equals. */
  search(query: string): Bm25Hit[] {
    const words = splitWords(query);
    const content = words.filter((word) => !STOP_WORDS.has(word));
    const terms = new Set((content.length > 0 ? content : words).map(stem));
    const scores = new Map<number, number>();
    for (const term of terms) this.#add(scores, this.#postings.get(term) ?? []);
    return [...scores]
      .sort((left, right) => right[1] - left[1] || left[0] - right[0])
      .flatMap(([document, score]) => {
        const found = this.#documents[document];
        return found === undefined
          ? []
          : [{ id: found.id, conversation: found.conversation, score }];
      });
  }

  #add(scores: Map<number, number>, postings: readonly Posting[]): void {
    const rarity = Math.log(
      1 + (this.#documents.length - postings.length + 0.5) / (postings.length + 0.5),
    );
    for (const { document, count } of postings) {
      const length = (this.#lengths[document] ?? 0) / this.#averageLength;
      const normal = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length);
      const gain = (rarity * count * (SATURATION + 1)) / (count + normal);
      scores.set(document, (scores.get(document) ?? 0) + gain);
    }
  }
}
