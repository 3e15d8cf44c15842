import type { Owner } from "../../../core/conversations/conversation.ts";
import type { ConversationSequence } from "../../../core/ports/message-index.ts";
import type { VectorRowSource } from "../vector-row-source.ts";

export interface Erasure {
  owner: Owner;
  conversations: ConversationSequence[];
  ids: string[];
}

const NOTE = "chroma.erase";

/** Conversations that were deleted while Chroma was out; kept with the memory until they are erased there too. */
export class PendingErasures {
  readonly #rows: VectorRowSource;
  /** One change at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(rows: VectorRowSource) {
    this.#rows = rows;
  }

  async add(erasure: Erasure): Promise<void> {
    await this.#change((pending) => [...pending, erasure]);
  }

  /** Erases all that wait, and forgets those that are done; rejects where one cannot be erased yet. */
  async settle(erase: (erasure: Erasure) => Promise<void>): Promise<void> {
    await this.#last;
    for (const erasure of await this.#read()) {
      await erase(erasure);
      await this.#change((pending) => pending.slice(1));
    }
  }

  async #read(): Promise<Erasure[]> {
    const note = await this.#rows.note(NOTE);
    return note === null ? [] : (JSON.parse(note) as Erasure[]);
  }

  async #change(change: (pending: Erasure[]) => Erasure[]): Promise<void> {
    const changed = this.#last.then(async () => {
      await this.#rows.setNote(NOTE, JSON.stringify(change(await this.#read())));
    });
    this.#last = changed.catch(() => undefined);
    await changed;
  }
}
