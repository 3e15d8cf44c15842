import type { Owner } from "../../core/conversations/conversation.ts";
import type { OwnerMessages } from "./owner-sizes.ts";
import type { Session } from "./session.ts";

/** What is known of a word, phrase or expression. */
export interface Postings {
  /** Messages that match; an estimate for a frequent one. */
  rows: number;
  /** Those messages, ascending; null for a frequent one. */
  numbers: Float64Array | null;
}

interface Kept extends Postings {
  /** Every message up to this one was looked at. */
  upTo: number;
}

/** What text_postings says of one query. */
interface Answer {
  place: number;
  /** How many of the newest SAMPLE messages match, where that was asked. */
  sampled: number;
  /** As an array's text; null when none matches, or when they were not read. */
  messages: string | null;
}

interface Asked {
  owner: Owner;
  memory: OwnerMessages;
  /** As tsqueries. */
  queries: readonly string[];
}

/** What stands in more messages than this tells little; reading them takes 20 ms and more. */
const MOST_ROWS = 30_000;
const SAMPLE = 500;
/** A smaller memory is read each time, which takes about as long as to look for what is new in it. */
const SMALL_MEMORY = 5_000;
const MAXIMUM_BYTES = 64 * 2 ** 20;
/** What an entry takes besides its numbers. */
const ENTRY_BYTES = 300;
/** A frequent one is estimated again when the memory has grown by more than this share. */
const GROWTH = 1.1;

const EMPTY = new Float64Array(0);
const NOTHING: Kept = { rows: 0, numbers: EMPTY, upTo: 0 };

const POSTINGS =
  "SELECT place, sampled, messages FROM text_postings($1::tsquery[], $2::bigint[], $3, $4, $5)";

/**
 * Which messages match a word, kept up to the last settled one, so that a search reads only what is newer. What was
 * deleted may still be in it: whoever uses the numbers asks whether their messages are there.
 */
export class WordPostings {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** One for each query, in their order. */
  async look(session: Session, { owner, memory, queries }: Asked): Promise<Postings[]> {
    const known = queries.map((query) => this.#known(keyOf(owner, query), memory));
    const places = queries.flatMap((_, at) => (isUpToDate(known[at], memory) ? [] : [at]));
    if (places.length === 0) return known.map((kept) => kept ?? NOTHING);
    const { sample, frequent } = limitsFor(memory);
    const answers = await session.rows<Answer>(POSTINGS, [
      places.map((at) => queries[at]),
      places.map((at) => known[at]?.upTo ?? 0),
      sample,
      frequent,
      MOST_ROWS + 1,
    ]);
    const read = new Map(answers.map((answer) => [places[answer.place - 1], answer]));
    return queries.map((query, at) => {
      const before = known[at] ?? NOTHING;
      const answer = read.get(at);
      if (answer === undefined) return before;
      return this.#learn(keyOf(owner, query), { before, answer, memory });
    });
  }

  /** For when many of an owner's numbers turn out to stand for messages that were deleted. */
  forget(owner: Owner): void {
    const start = keyOf(owner, "");
    for (const key of this.#kept.keys()) if (key.startsWith(start)) this.#drop(key);
  }

  #known(key: string, { newest }: OwnerMessages): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || (kept.numbers === null && newest > kept.upTo * GROWTH))
      return undefined;
    // Asked for last, so that it goes last.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #learn(
    key: string,
    { before, answer, memory }: { before: Kept; answer: Answer; memory: OwnerMessages },
  ): Postings {
    const numbers = joined(before.numbers, numbersIn(answer.messages));
    const isFrequent = answer.sampled > limitsFor(memory).frequent || numbers.length > MOST_ROWS;
    if (isFrequent) {
      const estimate = Math.round((answer.sampled / SAMPLE) * memory.count);
      const rows = Math.max(numbers.length, estimate);
      return this.#keep(key, { rows, numbers: null, upTo: memory.newest });
    }
    if (memory.count > SMALL_MEMORY) {
      const upTo = Math.max(before.upTo, memory.settled);
      const lasting = numbers.filter((number) => number <= upTo);
      this.#keep(key, { rows: lasting.length, numbers: lasting, upTo });
    }
    return { rows: numbers.length, numbers };
  }

  #keep(key: string, kept: Kept): Kept {
    this.#drop(key);
    this.#kept.set(key, kept);
    this.#bytes += bytesOf(kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MAXIMUM_BYTES) break;
      this.#drop(oldest);
    }
    return kept;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= bytesOf(kept);
  }
}

function isUpToDate(kept: Kept | undefined, { newest }: OwnerMessages): boolean {
  return kept !== undefined && (kept.numbers === null || kept.upTo >= newest);
}

/** How many of the newest messages are looked at before a word is read, and in how many it is too frequent to be. */
function limitsFor({ count }: OwnerMessages): { sample: number; frequent: number } {
  if (count <= MOST_ROWS) return { sample: 0, frequent: SAMPLE };
  return { sample: SAMPLE, frequent: Math.ceil((MOST_ROWS / count) * SAMPLE) };
}

/** Ascending, each once: a long message has several rows of words. */
function numbersIn(messages: string | null): Float64Array {
  if (messages === null) return EMPTY;
  const numbers = JSON.parse(`[${messages.slice(1, -1)}]`) as number[];
  const sorted = Float64Array.from(numbers).sort();
  return sorted.filter((number, at) => number !== sorted[at - 1]);
}

/** What is read after a number comes after all that is known. */
function joined(before: Float64Array | null, found: Float64Array): Float64Array {
  const known = before ?? EMPTY;
  const all = new Float64Array(known.length + found.length);
  all.set(known);
  all.set(found, known.length);
  return all;
}

function keyOf(owner: Owner, query: string): string {
  return `${JSON.stringify(owner)} ${query}`;
}

function bytesOf({ numbers }: Kept): number {
  return ENTRY_BYTES + (numbers?.byteLength ?? 0);
}
