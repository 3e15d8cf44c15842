import type { Condition } from "./filter-sql.ts";
import { SequenceSet } from "./sequence-set.ts";
import type { VectorRows } from "./vector-rows.ts";

interface CachedSet {
  set: SequenceSet;
  dataVersion: number;
  /** Share of vectors that passed when it was last used. */
  share: number;
}

const CACHED_SETS = 32;

/**
 * Which conversations pass a filter. Asking for 50,000 takes about 15 ms, so answers are kept
 * until another connection commits.
 */
export class ConversationSets {
  readonly #rows: VectorRows;
  readonly #sets = new Map<string, CachedSet>();

  constructor(rows: VectorRows) {
    this.#rows = rows;
  }

  resolve(owner: string, condition: Condition): SequenceSet {
    const key = keyOf(owner, condition);
    const dataVersion = this.#rows.dataVersion();
    const known = this.#sets.get(key);
    if (known?.dataVersion === dataVersion) {
      return known.set;
    }
    const set = new SequenceSet(this.#rows.conversations(owner, condition));
    this.#sets.delete(key);
    this.#sets.set(key, { set, dataVersion, share: known?.share ?? 0 });
    const oldest = this.#sets.keys().next();
    if (this.#sets.size > CACHED_SETS && oldest.done === false) {
      this.#sets.delete(oldest.value);
    }
    return set;
  }

  /**
   * The share of vectors a filter let through before something was written; undefined when
   * the set is up to date or nothing is known.
   */
  staleShare(owner: string, condition: Condition): number | undefined {
    const known = this.#sets.get(keyOf(owner, condition));
    return known === undefined || known.dataVersion === this.#rows.dataVersion()
      ? undefined
      : known.share;
  }

  noteShare(owner: string, condition: Condition, share: number): void {
    const known = this.#sets.get(keyOf(owner, condition));
    if (known !== undefined) {
      known.share = share;
    }
  }
}

function keyOf(owner: string, condition: Condition): string {
  return JSON.stringify([owner, condition.sql, condition.values]);
}
