import type { MessageFilter } from "../../../core/conversations/conversation.ts";
import { type RowColumns, UNLISTED_ROLE } from "./row-columns.ts";
import type { SequenceSet } from "./sequence-set.ts";

const SAMPLES = 1000;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Which rows may match a filter. It lets too many through rather than too few (a role without a
 * code): the exact filter is applied to the candidates by the database.
 */
export class RowTest {
  readonly #columns: RowColumns;
  readonly #conversations: SequenceSet | null;
  readonly #roles: ReadonlySet<number> | null;
  readonly #since: number;
  readonly #until: number;

  constructor(columns: RowColumns, filter: MessageFilter, conversations: SequenceSet | null) {
    this.#columns = columns;
    this.#conversations = conversations;
    this.#roles = filter.roles === undefined ? null : codesOf(columns, filter.roles);
    this.#since = filter.since ?? Number.NEGATIVE_INFINITY;
    this.#until = filter.until ?? Number.POSITIVE_INFINITY;
  }

  accepts(row: number): boolean {
    const columns = this.#columns;
    const timestamp = columns.timestamp[row] ?? 0;
    return (
      columns.sequence[row] !== 0 &&
      (this.#conversations === null || this.#conversations.has(columns.conversation[row] ?? 0)) &&
      timestamp >= this.#since &&
      timestamp <= this.#until &&
      (this.#roles === null || this.#roles.has(columns.role[row] ?? UNLISTED_ROLE))
    );
  }

  /**
   * The share of rows that pass, estimated. Samples follow the golden ratio: even steps would
   * fall in with regular data, such as conversations of a hundred messages each.
   */
  share(rows: number): number {
    const samples = Math.min(rows, SAMPLES);
    let passed = 0;
    for (let sample = 0; sample < samples; sample += 1) {
      const row = Math.floor(((sample * GOLDEN_RATIO) % 1) * rows);
      passed += this.accepts(row) ? 1 : 0;
    }
    return samples === 0 ? 0 : passed / samples;
  }

  /** All rows that pass, ascending. */
  select(rows: number): number[] {
    const selected: number[] = [];
    const { conversation } = this.#columns;
    // Rows of a conversation mostly stand together: it is looked up once for all of them.
    let last = -1;
    let isIn = true;
    for (let row = 0; row < rows; row += 1) {
      const current = conversation[row] ?? 0;
      if (current !== last) {
        last = current;
        isIn = this.#conversations?.has(current) ?? true;
      }
      if (isIn && this.accepts(row)) {
        selected.push(row);
      }
    }
    return selected;
  }
}

function codesOf(columns: RowColumns, roles: readonly string[]): Set<number> {
  const wanted = new Set(roles);
  const codes = new Set([UNLISTED_ROLE]);
  for (const [code, role] of columns.roles.entries()) {
    if (wanted.has(role)) {
      codes.add(code);
    }
  }
  return codes;
}
