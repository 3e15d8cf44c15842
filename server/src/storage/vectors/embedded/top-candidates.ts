import type { HitSink } from "./vector-matrix.ts";

export interface Candidate {
  row: number;
  score: number;
}

/** Rows of one message that go on to exact scoring: their order may change there. */
const ROWS_PER_MESSAGE = 4;
const LEAST_BUFFER = 256;

/**
 * The best rows of the best `limit` messages. Hits are gathered without order; when the buffer
 * is full it is sorted and cut, and the score of the last message kept becomes the threshold
 * that later hits must pass. For n rows in random order that happens about log(n) times.
 */
export class TopCandidates implements HitSink {
  readonly #limit: number;
  readonly #messageOf: (row: number) => number;
  readonly #capacity: number;
  #hits: Candidate[] = [];
  #threshold = Number.NEGATIVE_INFINITY;

  constructor(limit: number, messageOf: (row: number) => number) {
    this.#limit = limit;
    this.#messageOf = messageOf;
    this.#capacity = Math.max(LEAST_BUFFER, limit * ROWS_PER_MESSAGE * 2);
  }

  get threshold(): number {
    return this.#threshold;
  }

  /** NaN, the score of a row that is gone, never passes. */
  offer(row: number, score: number): void {
    if (score > this.#threshold) {
      this.#hits.push({ row, score });
      if (this.#hits.length >= this.#capacity) {
        this.#cut();
      }
    }
  }

  /** Best first. */
  take(): Candidate[] {
    this.#cut();
    return this.#hits;
  }

  #cut(): void {
    const sorted = this.#hits.sort((left, right) => right.score - left.score);
    const perMessage = new Map<number, number>();
    const kept: Candidate[] = [];
    for (const hit of sorted) {
      const message = this.#messageOf(hit.row);
      const already = perMessage.get(message) ?? 0;
      if (already === 0 && perMessage.size === this.#limit) {
        this.#threshold = kept.at(-1)?.score ?? this.#threshold;
        break;
      }
      perMessage.set(message, already + 1);
      if (already < ROWS_PER_MESSAGE) {
        kept.push(hit);
      }
    }
    this.#hits = kept;
  }
}
