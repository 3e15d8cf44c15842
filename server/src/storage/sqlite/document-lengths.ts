import type { TextHit } from "../../core/ports/message-index.ts";
import type { Connection } from "./connection.ts";

/** BM25's k1 and b, as FTS5 has them. */
const K1 = 1.2;
const B = 0.75;
/** Words of a message whose length counts as usual: near what chats with people and assistants have on average. */
const USUAL_LENGTH = 100;
/** Messages read ahead at a time, about 2 ms. */
const WARM_PAGE = 2000;

interface DocumentSize {
  id: number;
  sz: Uint8Array;
}

/**
 * How many words messages have, kept in memory (4 bytes a message): a search asks for 512 of them, which takes 2 ms to
 * read from the index.
 */
export class DocumentLengths {
  readonly #connection: Connection;
  /** By number; 0: not known, else one more than the length. */
  #known = new Uint32Array(0);
  #warmedTo = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To be called after a deletion: a number may stand for another message. */
  forget(): void {
    this.#known.fill(0);
    this.#warmedTo = 0;
  }

  /** Reads some more messages ahead, up to number `newest`; false when there is no more to do. */
  warm(newest: number): boolean {
    if (this.#warmedTo >= newest) return false;
    const rows = this.#connection.rows<DocumentSize>(
      `SELECT id, sz FROM messages_fts_docsize WHERE id > ? AND id <= ? ORDER BY id LIMIT ${WARM_PAGE}`,
      [this.#warmedTo, newest],
    );
    this.#keep(rows);
    this.#warmedTo = rows.length < WARM_PAGE ? newest : (rows.at(-1)?.id ?? newest);
    return true;
  }

  /**
   * Scores of words found, turned into BM25's for words that stand in a message once: a long message holds many words
   * by chance. Best first.
   */
  rank(hits: readonly TextHit[]): TextHit[] {
    this.#learn(hits);
    return hits
      .map(({ message, score }) => {
        const known = this.#known[message] ?? 0;
        const length = (known === 0 ? USUAL_LENGTH : known - 1) / USUAL_LENGTH;
        return { message, score: (score * (K1 + 1)) / (1 + K1 * (1 - B + B * length)) };
      })
      .sort((left, right) => right.score - left.score || right.message - left.message);
  }

  #learn(hits: readonly TextHit[]): void {
    const unknown = hits.flatMap(({ message }) =>
      (this.#known[message] ?? 0) === 0 ? [message] : [],
    );
    if (unknown.length === 0) return;
    this.#keep(
      this.#connection.rows<DocumentSize>(
        "SELECT id, sz FROM messages_fts_docsize WHERE id IN (SELECT value FROM json_each(?))",
        [JSON.stringify(unknown)],
      ),
    );
  }

  #keep(rows: readonly DocumentSize[]): void {
    const newest = rows.reduce((most, { id }) => Math.max(most, id), 0);
    if (newest >= this.#known.length) {
      const larger = new Uint32Array(Math.ceil(newest * 1.1) + 1);
      larger.set(this.#known);
      this.#known = larger;
    }
    for (const { id, sz } of rows) this.#known[id] = wordsOf(sz) + 1;
  }
}

/** FTS5 keeps a varint for each column, most significant bits first; the text is the last one. */
function wordsOf(sizes: Uint8Array): number {
  let value = 0;
  let last = 0;
  for (const byte of sizes) {
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      last = value;
      value = 0;
    }
  }
  return last;
}
