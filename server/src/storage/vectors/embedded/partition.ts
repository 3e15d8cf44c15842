import type { BlockPool } from "./block-pool.ts";
import { type QuantisedQuery, quantiseRow, vectorOfBlob } from "./quantise.ts";
import { NO_ROW, RowColumns } from "./row-columns.ts";
import type { RowTest } from "./row-test.ts";
import { SequenceMap } from "./sequence-map.ts";
import { SieveTrust } from "./sieve-trust.ts";
import { SignSieve } from "./sign-sieve.ts";
import { type Candidate, TopCandidates } from "./top-candidates.ts";
import { VectorMatrix } from "./vector-matrix.ts";
import type { StoredModel, StoredVector } from "./vector-rows.ts";

/** Above this share of erased rows the rest moves together. */
const COMPACTION_SHARE = 0.3;
const LARGEST_SEQUENCE = 2 ** 32 - 1;
/** Of a smaller partition all rows are scanned in less than 2 ms. */
const LEAST_SIFTED_ROWS = 20_000;
/** The share of rows that go through the sieve; a list this long is read as fast as its rows are scanned. */
const SIFTED_SHARE = 0.05;
/** Longer lists of hits are scanned for: the sieve was measured on short ones. */
const SIFTED_ROWS_PER_HIT = 40;

/** The vectors of one owner and one model, in memory, in the order of their sequence. */
export class Partition {
  readonly owner: string;
  readonly model: StoredModel;
  readonly columns = new RowColumns();
  readonly matrix: VectorMatrix;
  readonly #scratch: Int8Array;
  readonly #sieve: SignSieve;
  readonly #trust = new SieveTrust();
  #messages = new SequenceMap();
  #messageCount = 0;
  #live = 0;
  #lastSequence = 0;
  #erasures = 0;

  constructor(pool: BlockPool, owner: string, model: StoredModel) {
    this.owner = owner;
    this.model = model;
    this.matrix = new VectorMatrix(pool, model.dimension);
    this.#scratch = new Int8Array(model.dimension);
    this.#sieve = new SignSieve(pool, this.matrix);
  }

  /** Rows, erased ones included. */
  get rows(): number {
    return this.matrix.rows;
  }

  get live(): number {
    return this.#live;
  }

  get messageCount(): number {
    return this.#messageCount;
  }

  /** The newest vectors.seq that was taken in. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Grows with every erased row: whatever was derived from the rows before is stale then. */
  get erasures(): number {
    return this.#erasures;
  }

  /** False when the vector can never be found: wrong size, or no direction. */
  append(stored: StoredVector): boolean {
    if (stored.sequence > LARGEST_SEQUENCE || stored.message > LARGEST_SEQUENCE) {
      throw new RangeError("the vector index holds sequences up to 2^32 - 1");
    }
    const vector = vectorOfBlob(stored.vector);
    const fits = stored.vector.byteLength === this.model.dimension * 4;
    const quantised = fits ? quantiseRow(vector, this.#scratch) : null;
    const row = this.rows;
    this.columns.reserve(row + 1);
    this.matrix.append(quantised);
    this.columns.sequence[row] = stored.sequence;
    this.columns.message[row] = stored.message;
    this.columns.conversation[row] = stored.conversation;
    this.columns.timestamp[row] = stored.timestamp;
    this.columns.role[row] = this.columns.roleCode(stored.role);
    this.#link(row);
    this.#lastSequence = Math.max(this.#lastSequence, stored.sequence);
    return quantised !== null;
  }

  /** Takes over rows that were read into `columns` and `matrix` directly. */
  adopt(lastSequence: number): void {
    this.#linkAll();
    this.#lastSequence = lastSequence;
  }

  /** Newest first. */
  *rowsOf(message: number): Generator<number> {
    let row = this.#messages.get(message) ?? NO_ROW;
    while (row !== NO_ROW) {
      yield row;
      row = this.columns.next[row] ?? NO_ROW;
    }
  }

  erase(rows: Iterable<number>): void {
    for (const row of rows) {
      if (this.columns.sequence[row] !== 0) {
        this.#unlink(row);
        this.matrix.erase(row);
        this.columns.erase(row);
        this.#erasures += 1;
      }
    }
  }

  /** The rows of these conversations. */
  rowsOfConversations(conversations: ReadonlySet<number>): number[] {
    const found: number[] = [];
    const column = this.columns.conversation;
    for (let row = 0; row < this.rows; row += 1) {
      if (conversations.has(column[row] ?? 0)) {
        found.push(row);
      }
    }
    return found.filter((row) => this.columns.sequence[row] !== 0);
  }

  /** Closes the gaps of erased rows when they are many. Row numbers change. */
  compact(): boolean {
    if (this.rows - this.#live <= this.rows * COMPACTION_SHARE) {
      return false;
    }
    let target = 0;
    for (let row = 0; row < this.rows; row += 1) {
      if (this.columns.sequence[row] !== 0) {
        if (row !== target) {
          this.matrix.move(row, target);
          this.columns.move(row, target);
        }
        target += 1;
      }
    }
    for (let row = target; row < this.rows; row += 1) {
      this.columns.erase(row);
    }
    this.matrix.truncate(target);
    this.#sieve.reset();
    this.#linkAll();
    this.#erasures += 1;
    return true;
  }

  /** Frees the memory; the partition is empty afterwards. */
  clear(): void {
    this.matrix.truncate(0);
    this.#sieve.reset();
    this.#linkAll();
    this.#lastSequence = 0;
    this.#erasures += 1;
  }

  /** The best rows of the best `limit` messages among all rows, or those that pass the test. */
  nearest(query: QuantisedQuery, limit: number, test?: RowTest): Candidate[] {
    const sifted = test === undefined ? this.#sifted(query, limit) : undefined;
    if (sifted !== undefined) {
      return sifted;
    }
    const top = new TopCandidates(limit, (row) => this.columns.message[row] ?? 0);
    if (test === undefined) {
      this.matrix.scan(query, top);
    } else {
      this.matrix.scan(query, {
        get threshold() {
          return top.threshold;
        },
        offer: (row, score) => {
          if (test.accepts(row)) {
            top.offer(row, score);
          }
        },
      });
    }
    return top.take();
  }

  /** By the sieve, where it pays and this memory's own searches have proven it; else undefined. */
  #sifted(query: QuantisedQuery, limit: number): Candidate[] | undefined {
    const wanted = Math.ceil(this.rows * SIFTED_SHARE);
    const pays = this.rows >= LEAST_SIFTED_ROWS && wanted >= limit * SIFTED_ROWS_PER_HIT;
    if (!pays || !this.#sieve.isPossible) {
      return undefined;
    }
    const proving = this.#trust.mustProve(this.rows);
    if (!proving && !this.#trust.isTrusted) {
      return undefined;
    }
    const sifted = this.nearestOf(this.#sieve.nearest(query, wanted), query, limit);
    if (!proving) {
      return sifted;
    }
    const top = new TopCandidates(limit, (row) => this.columns.message[row] ?? 0);
    this.matrix.scan(query, top);
    const scanned = top.take();
    const found = new Set(sifted.map(({ row }) => row));
    this.#trust.prove(scanned.filter(({ row }) => found.has(row)).length, scanned.length);
    return scanned;
  }

  /** The same, of a list of rows. */
  nearestOf(rows: Iterable<number>, query: QuantisedQuery, limit: number): Candidate[] {
    const top = new TopCandidates(limit, (row) => this.columns.message[row] ?? 0);
    this.matrix.score(query, rows, (row, score) => top.offer(row, score));
    return top.take();
  }

  /** The best cosine of each message that has one, from the int8 rows: right to about 0.005. */
  similarities(query: QuantisedQuery, messages: readonly number[]): Map<number, number> {
    const rows: number[] = [];
    for (const message of messages) {
      rows.push(...this.rowsOf(message));
    }
    const best = new Map<number, number>();
    this.matrix.score(query, rows, (row, score) => {
      const message = this.columns.message[row] ?? 0;
      if (score > (best.get(message) ?? Number.NEGATIVE_INFINITY)) {
        best.set(message, Math.min(1, Math.max(-1, score)));
      }
    });
    return best;
  }

  #link(row: number): void {
    const message = this.columns.message[row] ?? 0;
    const head = this.#messages.get(message) ?? NO_ROW;
    this.#messageCount += head === NO_ROW ? 1 : 0;
    this.columns.next[row] = head;
    this.#messages.set(message, row);
    this.#live += 1;
  }

  #unlink(row: number): void {
    const message = this.columns.message[row] ?? 0;
    const next = this.columns.next[row] ?? NO_ROW;
    this.#live -= 1;
    if (this.#messages.get(message) === row) {
      this.#messages.set(message, next);
      this.#messageCount -= next === NO_ROW ? 1 : 0;
      return;
    }
    for (const other of this.rowsOf(message)) {
      if (this.columns.next[other] === row) {
        this.columns.next[other] = next;
        return;
      }
    }
  }

  #linkAll(): void {
    this.#messages = new SequenceMap(this.rows);
    this.#messageCount = 0;
    this.#live = 0;
    for (let row = 0; row < this.rows; row += 1) {
      if (this.columns.sequence[row] !== 0) {
        this.#link(row);
      }
    }
  }
}
