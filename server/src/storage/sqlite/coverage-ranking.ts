import type { TextHit } from "../../core/ports/message-index.ts";

/** A word's messages and how much finding it tells. */
export interface WeightedPostings {
  numbers: Uint32Array;
  /** Inverse document frequency, above 0. */
  weight: number;
}

const BUCKETS = 1024;

/**
 * Ranks messages by the summed weights of the words they hold: BM25 without word counts and lengths. It takes about
 * 5 ns for each message of each word, so that no word need be left out for its frequency. Keeps its scores between
 * calls; not for two calls at once.
 */
export class CoverageRanking {
  #scores = new Float32Array(0);
  #touched = new Uint32Array(0);
  #buckets = new Uint16Array(0);

  /** The best `limit` messages, best first, the newer of equals first; and how many hold any word. */
  rank(words: readonly WeightedPostings[], limit: number): { hits: TextHit[]; total: number } {
    const total = this.#addUp(words);
    const best = this.#best(words, total, limit);
    const hits = Array.from(best, (message) => ({ message, score: this.#scores[message] ?? 0 }));
    hits.sort((left, right) => right.score - left.score || right.message - left.message);
    for (let at = 0; at < total; at += 1) this.#scores[this.#touched[at] ?? 0] = 0;
    return { hits: hits.slice(0, limit), total };
  }

  #addUp(words: readonly WeightedPostings[]): number {
    this.#makeRoom(words);
    const scores = this.#scores;
    const touched = this.#touched;
    let total = 0;
    for (const { numbers, weight } of words) {
      for (let at = 0; at < numbers.length; at += 1) {
        const number = numbers[at] ?? 0;
        const before = scores[number] ?? 0;
        if (before === 0) {
          touched[total] = number;
          total += 1;
        }
        scores[number] = before + weight;
      }
    }
    return total;
  }

  #makeRoom(words: readonly WeightedPostings[]): void {
    const newest = Math.max(0, ...words.map(({ numbers }) => numbers.at(-1) ?? 0));
    if (newest >= this.#scores.length) this.#scores = new Float32Array(Math.ceil(newest * 1.1) + 1);
    const most = words.reduce((sum, { numbers }) => sum + numbers.length, 0);
    if (most > this.#touched.length) {
      this.#touched = new Uint32Array(Math.ceil(most * 1.25));
      this.#buckets = new Uint16Array(this.#touched.length);
    }
  }

  /** Those above the bucket that the limit falls into, and the newest of that bucket. In no order. */
  #best(words: readonly WeightedPostings[], total: number, limit: number): number[] {
    const highest = words.reduce((sum, { weight }) => sum + weight, 0);
    const counts = this.#fillBuckets(total, highest);
    let threshold = BUCKETS - 1;
    let above = 0;
    while (threshold > 0 && above + (counts[threshold] ?? 0) < limit) {
      above += counts[threshold] ?? 0;
      threshold -= 1;
    }
    const best: number[] = [];
    const onThreshold = new Uint32Array(counts[threshold] ?? 0);
    let tied = 0;
    const touched = this.#touched;
    const buckets = this.#buckets;
    for (let at = 0; at < total; at += 1) {
      const bucket = buckets[at] ?? 0;
      if (bucket < threshold) continue;
      const number = touched[at] ?? 0;
      if (bucket > threshold) best.push(number);
      else {
        onThreshold[tied] = number;
        tied += 1;
      }
    }
    return [...best, ...onThreshold.sort().subarray(Math.max(0, tied - (limit - above)))];
  }

  /** The bucket of each touched message by its score, and how many there are in each. */
  #fillBuckets(total: number, highest: number): Uint32Array {
    const scores = this.#scores;
    const touched = this.#touched;
    const buckets = this.#buckets;
    const counts = new Uint32Array(BUCKETS);
    for (let at = 0; at < total; at += 1) {
      const share = (scores[touched[at] ?? 0] ?? 0) / highest;
      const bucket = Math.min(BUCKETS - 1, Math.floor(share * BUCKETS));
      buckets[at] = bucket;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  }
}
