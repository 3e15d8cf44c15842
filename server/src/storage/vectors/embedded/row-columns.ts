const LEAST_CAPACITY = 256;
/** Columns grow by a quarter: they are copied then, and a doubling would waste as much again. */
const GROWTH = 1.25;

/** No further row of the message. */
export const NO_ROW = 0xffff_ffff;
/** The role of a row whose role has no code any more: a filter must ask the database. */
export const UNLISTED_ROLE = 0xffff;

/** Bytes of a row in `saved`. */
export const SAVED_BYTES_PER_ROW = 4 + 4 + 4 + 8 + 2;

/** What is known of each row beside its vector: 26 bytes a row. */
export class RowColumns {
  /** vectors.seq; 0 for a row that is gone. */
  sequence = new Uint32Array(0);
  message = new Uint32Array(0);
  conversation = new Uint32Array(0);
  timestamp = new Float64Array(0);
  /** Index into `roles`. */
  role = new Uint16Array(0);
  /** The next row of the same message, newest first, or NO_ROW. Derived, never saved. */
  next = new Uint32Array(0);
  readonly roles: string[] = [];
  readonly #codes = new Map<string, number>();

  reserve(rows: number): void {
    if (rows <= this.sequence.length) {
      return;
    }
    const capacity = Math.max(LEAST_CAPACITY, rows, Math.ceil(this.sequence.length * GROWTH));
    this.sequence = grown(this.sequence, new Uint32Array(capacity));
    this.message = grown(this.message, new Uint32Array(capacity));
    this.conversation = grown(this.conversation, new Uint32Array(capacity));
    this.timestamp = grown(this.timestamp, new Float64Array(capacity));
    this.role = grown(this.role, new Uint16Array(capacity));
    this.next = grown(this.next, new Uint32Array(capacity));
  }

  /** The code of a role; new roles get one until there are 65,535. */
  roleCode(role: string): number {
    const known = this.#codes.get(role);
    if (known !== undefined) {
      return known;
    }
    if (this.roles.length >= UNLISTED_ROLE) {
      return UNLISTED_ROLE;
    }
    this.#codes.set(role, this.roles.length);
    return this.roles.push(role) - 1;
  }

  erase(row: number): void {
    this.sequence[row] = 0;
    this.message[row] = 0;
    this.conversation[row] = 0;
    this.timestamp[row] = 0;
    this.role[row] = 0;
    this.next[row] = NO_ROW;
  }

  /** All but `next`, which whoever moves rows links again. */
  move(from: number, to: number): void {
    this.sequence[to] = this.sequence[from] ?? 0;
    this.message[to] = this.message[from] ?? 0;
    this.conversation[to] = this.conversation[from] ?? 0;
    this.timestamp[to] = this.timestamp[from] ?? 0;
    this.role[to] = this.role[from] ?? 0;
  }

  /** The first `rows` of every saved column as raw bytes, in the order of the file. */
  saved(rows: number): Uint8Array[] {
    const columns = [this.sequence, this.message, this.conversation, this.timestamp, this.role];
    return columns.map(
      (column) => new Uint8Array(column.buffer, 0, rows * column.BYTES_PER_ELEMENT),
    );
  }
}

function grown<T extends Uint32Array | Uint16Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
