import type { LanguageTasks, TaskCall, TaskDone } from "../ports/language-tasks.ts";
import type { SummaryLevel } from "../ports/summary-store.ts";

export interface Condensed extends TaskDone {
  summary: string;
}

/**
 * Characters that are summarised at once, about 15,000 tokens: a call then takes seconds, and rules block the thread for
 * some 30 ms. What is longer is read stretch by stretch.
 */
export const STRETCH_CHARACTERS = 60_000;
/** As version 1 promised. */
const MOST_WORDS: Readonly<Record<SummaryLevel, number>> = {
  daily: 200,
  weekly: 500,
  monthly: 1000,
};

/** One summary of any number of texts: notes on each stretch, and a summary of the notes. Nothing is left out. */
export class Condensation {
  readonly #tasks: LanguageTasks;
  readonly #call: TaskCall;

  constructor(tasks: LanguageTasks, call: TaskCall) {
    this.#tasks = tasks;
    this.#call = call;
  }

  /** Null where there is no text. Rejects with SekhaError when a configured model fails. */
  async summary(
    texts: Iterable<string> | AsyncIterable<string>,
    level: SummaryLevel,
  ): Promise<Condensed | null> {
    const notes: string[] = [];
    let open: string[] | null = null;
    for await (const stretch of stretchesOf(texts, (text) => text.length)) {
      if (open !== null) notes.push((await this.notes(open)).summary);
      open = stretch;
    }
    if (open === null) return null;
    if (notes.length === 0) return await this.#summarize(open, level);
    notes.push((await this.notes(open)).summary);
    // Notes are a tenth of what they are about; were they not, the model's own window would still part them.
    const isShort = notes.join().length < STRETCH_CHARACTERS || notes.length === 2;
    return isShort ? await this.#summarize(notes, level) : await this.summary(notes, level);
  }

  /** On one stretch, with what must not get lost. */
  async notes(texts: readonly string[]): Promise<Condensed> {
    return await this.#tasks.summarize({ texts, level: "detailed" }, this.#call);
  }

  async #summarize(texts: readonly string[], level: SummaryLevel): Promise<Condensed> {
    const order = { texts, level, maxWords: MOST_WORDS[level] };
    return await this.#tasks.summarize(order, this.#call);
  }
}

/** In order, as many as fit into a stretch together; one that is longer stands alone. */
export async function* stretchesOf<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  lengthOf: (item: Item) => number,
): AsyncGenerator<Item[]> {
  let open: Item[] = [];
  let length = 0;
  for await (const item of items) {
    const more = lengthOf(item);
    if (open.length > 0 && length + more > STRETCH_CHARACTERS) {
      yield open;
      open = [];
      length = 0;
    }
    open.push(item);
    length += more;
  }
  if (open.length > 0) yield open;
}
