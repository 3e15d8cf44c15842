import type { Connection } from "./connection.ts";

/** What is known of a word. */
export interface WordRows {
  /** Messages that hold it; an estimate for a frequent word. */
  rows: number;
  /** Those messages, ascending; null for a frequent word. Valid until the next call. */
  numbers: Uint32Array | null;
}

interface Postings {
  /** The first `length` of them count. Null: in more messages than are kept. */
  numbers: Uint32Array | null;
  length: number;
  /** Every message up to this one was looked at. */
  upTo: number;
}

/** Words in more messages than this tell little; reading them would take 3 ms and more. */
const MOST_ROWS = 30_000;
const MAXIMUM_BYTES = 64 * 2 ** 20;
/** What a word takes besides its numbers. */
const ENTRY_BYTES = 200;
/** Words read ahead at a time, about 1 ms for every 20,000 messages; and how much of the room they may take. */
const WARM_PAGE = 100;
const WARM_BYTES = MAXIMUM_BYTES / 2;
/** Rarer words are read fast enough when they are asked for. */
const WARM_LEAST_ROWS = 1000;
const WARM_LEAST_SHARE = 0.01;

/**
 * Which messages hold a word, kept in memory: reading them from the index takes 0.1 µs a row,
 * ranking them there ten times that. New messages are added when a word is asked for again, and a deletion makes it
 * forget everything.
 */
export class WordPostings {
  readonly #connection: Connection;
  readonly #kept = new Map<string, Postings>();
  #bytes = 0;
  #deletions = "";
  #hasVocabulary = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To be called once before a search looks: forgets what a deletion made untrue, and says whether it did. */
  refresh(): boolean {
    const [row] = this.#connection.rows<{ value: string }>(
      "SELECT value FROM settings WHERE owner = '' AND key = 'deletions'",
    );
    const deletions = row?.value ?? "";
    if (deletions === this.#deletions) return false;
    this.#deletions = deletions;
    this.#kept.clear();
    this.#bytes = 0;
    return true;
  }

  /** The messages up to number `newest` that match `match`; kept under `key`, which stands for the same messages. */
  look({ key, match }: { key: string; match: string }, newest: number): WordRows {
    const known = this.#kept.get(key);
    const postings = known ?? { numbers: new Uint32Array(0), length: 0, upTo: 0 };
    if (known === undefined) this.#bytes += ENTRY_BYTES;
    // Asked for last, so that it goes last.
    this.#kept.delete(key);
    this.#kept.set(key, postings);
    if (postings.numbers === null) this.#estimateAgain(postings, match, newest);
    else if (postings.upTo < newest) this.#extend(postings, match, newest);
    this.#evict();
    const { numbers, length } = postings;
    return { rows: length, numbers: numbers?.subarray(0, length) ?? null };
  }

  /**
   * Reads the next frequent words of the memory ahead, as the index has them (stemmed). Answers the word to go on
   * after, null when there is no more to do.
   */
  warm(
    after: string,
    {
      newest,
      expressionOf,
    }: { newest: number; expressionOf: (word: string) => { key: string; match: string } | null },
  ): string | null {
    if (!this.#hasVocabulary) {
      this.#connection.database.exec(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'messages_fts', 'row')",
      );
      this.#hasVocabulary = true;
    }
    const page = this.#connection.rows<{ term: string; doc: number }>(
      `SELECT term, doc FROM temp.vocabulary WHERE term > ? LIMIT ${WARM_PAGE}`,
      [after],
    );
    const least = Math.max(WARM_LEAST_ROWS, newest * WARM_LEAST_SHARE);
    for (const { term, doc } of page) {
      const expression = doc < least || doc > MOST_ROWS ? null : expressionOf(term);
      if (expression !== null) this.look(expression, newest);
    }
    const last = page.length < WARM_PAGE || this.#bytes > WARM_BYTES ? undefined : page.at(-1);
    return last?.term ?? null;
  }

  #extend(postings: Postings, match: string, newest: number): void {
    const [row] = this.#connection.rows<{ found: string }>(
      `SELECT json_group_array(rowid) AS found FROM (
         SELECT rowid FROM messages_fts
         WHERE messages_fts MATCH ? AND rowid > ? AND rowid <= ? LIMIT ${MOST_ROWS + 1})`,
      [match, postings.upTo, newest],
    );
    const found = JSON.parse(row?.found ?? "[]") as number[];
    if (postings.length + found.length > MOST_ROWS) {
      const reached = found.at(-1) ?? newest;
      this.#makeFrequent(postings, { rows: postings.length + found.length, reached, newest });
      return;
    }
    this.#append(postings, found);
    postings.upTo = newest;
  }

  #append(postings: Postings, found: readonly number[]): void {
    const { numbers, length } = postings;
    if (numbers === null) return;
    const wanted = length + found.length;
    let room = numbers;
    if (wanted > numbers.length) {
      // Some to spare, so that a growing memory does not copy all of it each time.
      room = new Uint32Array(length === 0 ? wanted : Math.ceil(wanted * 1.25));
      room.set(numbers.subarray(0, length));
      this.#bytes += room.byteLength - numbers.byteLength;
    }
    room.set(found, length);
    postings.numbers = room;
    postings.length = wanted;
  }

  /** Rows come in the order of storing, so how far the first of them reach tells how dense all lie. */
  #makeFrequent(
    postings: Postings,
    { rows, reached, newest }: { rows: number; reached: number; newest: number },
  ): void {
    this.#bytes -= postings.numbers?.byteLength ?? 0;
    postings.numbers = null;
    postings.length = Math.round((rows * newest) / Math.max(1, reached));
    postings.upTo = newest;
  }

  #estimateAgain(postings: Postings, match: string, newest: number): void {
    if (newest <= postings.upTo * 1.1) return;
    const [last] = this.#connection.rows<{ reached: number }>(
      `SELECT rowid AS reached FROM messages_fts WHERE messages_fts MATCH ? LIMIT 1 OFFSET ${MOST_ROWS - 1}`,
      [match],
    );
    this.#makeFrequent(postings, { rows: MOST_ROWS, reached: last?.reached ?? newest, newest });
  }

  /** The words that were not asked for longest go first. */
  #evict(): void {
    for (const [key, { numbers }] of this.#kept) {
      if (this.#bytes <= MAXIMUM_BYTES || this.#kept.size === 1) return;
      this.#kept.delete(key);
      this.#bytes -= ENTRY_BYTES + (numbers?.byteLength ?? 0);
    }
  }
}
