import type { Owner } from "../../core/conversations/conversation.ts";

interface Known {
  rows: number;
  /** The newest message at that time. */
  newest: number;
}

const MOST_ENTRIES = 20_000;
/** A word in fewer messages is counted each time, so that its number is exact. */
const LEAST_ROWS = 1000;
/** A memory that has grown by more than this share is counted again. */
const GROWTH = 1.1;

/** In how many messages frequent words stand: counting them takes milliseconds, and their share hardly changes. */
export class FrequentWords {
  readonly #known = new Map<string, Known>();

  /** Undefined when it has to be counted. */
  rows(owner: Owner, query: string, newest: number): number | undefined {
    const key = keyOf(owner, query);
    const known = this.#known.get(key);
    if (known === undefined || newest < known.newest || newest > known.newest * GROWTH) {
      return undefined;
    }
    // Asked for last, so that it goes last.
    this.#known.delete(key);
    this.#known.set(key, known);
    return Math.round((known.rows * newest) / known.newest);
  }

  note(owner: Owner, query: string, known: Known): void {
    const key = keyOf(owner, query);
    this.#known.delete(key);
    if (known.rows < LEAST_ROWS) return;
    this.#known.set(key, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > MOST_ENTRIES && oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf(owner: Owner, query: string): string {
  return JSON.stringify([owner, query]);
}
