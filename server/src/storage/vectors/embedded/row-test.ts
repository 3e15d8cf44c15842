import type { MessageFilter } from "../../../core/conversations/conversation.ts";
import { type RowColumns, UNLISTED_ROLE } from "./row-columns.ts";
import type { SequenceSet } from "./sequence-set.ts";

const SAMPLES = 1000;

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

  /** The share of rows that pass, estimated from rows spread evenly. */
  share(rows: number): number {
    const step = Math.max(1, Math.floor(rows / SAMPLES));
    let tried = 0;
    let passed = 0;
    for (let row = 0; row < rows; row += step) {
      tried += 1;
      passed += this.accepts(row) ? 1 : 0;
    }
    return tried === 0 ? 0 : passed / tried;
  }

  /** All rows that pass, ascending. */
  select(rows: number): number[] {
    const selected: number[] = [];
    for (let row = 0; row < rows; row += 1) {
      if (this.accepts(row)) {
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
