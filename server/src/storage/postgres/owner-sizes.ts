import type { Owner } from "../../core/conversations/conversation.ts";
import type { Session } from "./session.ts";

interface Size {
  messages: number;
  newest: number;
}

/** A larger memory is counted once a minute: that takes about 10 ms for 100,000 messages. */
const COUNTED_EACH_TIME = 5_000;
const KEPT_MS = 60_000;
const MOST_OWNERS = 10_000;

/** How many messages owners have. */
export class OwnerSizes {
  readonly #now: () => number;
  readonly #counted = new Map<Owner, { messages: number; at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async read(session: Session, owner: Owner): Promise<Size> {
    const kept = this.#counted.get(owner);
    const isFresh = kept !== undefined && this.#now() - kept.at < KEPT_MS;
    const [row] = await session.rows<Size>(
      `SELECT coalesce(max(seq), 0) AS newest${isFresh ? "" : ", count(*) AS messages"}
       FROM messages WHERE owner = $1`,
      [owner],
    );
    const messages = isFresh ? kept.messages : (row?.messages ?? 0);
    if (!isFresh) this.#keep(owner, messages);
    return { messages, newest: row?.newest ?? 0 };
  }

  #keep(owner: Owner, messages: number): void {
    this.#counted.delete(owner);
    if (messages <= COUNTED_EACH_TIME) return;
    this.#counted.set(owner, { messages, at: this.#now() });
    const oldest = this.#counted.keys().next().value;
    if (this.#counted.size > MOST_OWNERS && oldest !== undefined) this.#counted.delete(oldest);
  }
}
