import type { Owner } from "../../core/conversations/conversation.ts";
import type { Session } from "./session.ts";

/** An owner's messages at one moment. */
export interface OwnerMessages {
  /** How many; up to a minute old for a larger memory. */
  count: number;
  /** The number of the newest. */
  newest: number;
  /** Up to this number nothing will be added any more: every transaction that might has ended. */
  settled: number;
}

interface Moment {
  newest: number;
  /** Transactions before this one may still run. */
  oldestRunning: number;
  /** The next transaction will have this number. */
  next: number;
  count?: number;
}

interface Known {
  counted: { count: number; at: number } | null;
  settled: number;
  /** What is settled once every transaction below `next` has ended. */
  pending: { newest: number; next: number } | null;
}

/** A larger memory is counted once a minute. */
const COUNTED_EACH_TIME = 5_000;
const KEPT_MS = 60_000;
const MOST_OWNERS = 10_000;

/**
 * How many messages owners have, and which of them are all there. Numbers are given before a transaction ends, so a
 * lower one may appear after a higher one. A transaction has written its conversation before it takes numbers, so it
 * counts as running by then.
 */
export class OwnerSizes {
  readonly #now: () => number;
  readonly #known = new Map<Owner, Known>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async read(session: Session, owner: Owner): Promise<OwnerMessages> {
    const known = this.#known.get(owner) ?? { counted: null, settled: 0, pending: null };
    const isFresh = known.counted !== null && this.#now() - known.counted.at < KEPT_MS;
    const [moment] = await session.rows<Moment>(momentQuery(!isFresh), [owner]);
    const { newest = 0, oldestRunning = 0, next = 0 } = moment ?? {};
    const count = moment?.count ?? known.counted?.count ?? 0;
    if (!isFresh) {
      known.counted = count > COUNTED_EACH_TIME ? { count, at: this.#now() } : null;
    }
    known.pending ??= { newest, next };
    if (oldestRunning >= known.pending.next) {
      known.settled = Math.max(known.settled, known.pending.newest);
      known.pending = null;
    }
    this.#keep(owner, known);
    return { count, newest, settled: known.settled };
  }

  #keep(owner: Owner, known: Known): void {
    this.#known.delete(owner);
    this.#known.set(owner, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > MOST_OWNERS && oldest !== undefined) this.#known.delete(oldest);
  }
}

function momentQuery(isCounted: boolean): string {
  const count = `, (SELECT coalesce(sum(message_count), 0) FROM conversations WHERE owner = $1) AS count`;
  return `SELECT coalesce((SELECT max(seq) FROM messages WHERE owner = $1), 0) AS newest,
    pg_snapshot_xmin(moment)::text::bigint AS "oldestRunning",
    pg_snapshot_xmax(moment)::text::bigint AS next${isCounted ? count : ""}
    FROM pg_current_snapshot() AS moment`;
}
