import { createHash } from "node:crypto";
import { columnValue, MIGRATED_TABLES, type MigratedTable, type Row } from "./migrated-tables.ts";
import type { RowReader } from "./row-storage.ts";

export interface Verification {
  /** Rows that were compared. */
  rows: number;
  conversations: number;
  messages: number;
  /** SHA-256 over the digests of all conversations: the same wherever the same memory is. */
  digest: string;
  differing: number;
  /** The first of them, as sentences. */
  differences: string[];
}

export interface VerifyOptions {
  signal: AbortSignal;
  onRows: (done: number) => void;
}

const PAGE = 1000;
const SHOWN = 100;

/** Reads both sides in the same order; messages by conversation, each with a digest of its own. */
export async function verifyRows(
  source: RowReader,
  target: RowReader,
  options: VerifyOptions,
): Promise<Verification> {
  const comparison = new Comparison(options);
  for (const table of MIGRATED_TABLES) {
    const isMessages = table.name === "messages";
    const order = isMessages ? ["conversation_seq", "position"] : table.key;
    const [left, right] = [source, target].map((side) => inOrder(side, table, order));
    if (left === undefined || right === undefined) continue;
    await comparison.table(table, left, right);
    if (isMessages) comparison.endConversation(null);
  }
  return comparison.result();
}

async function* inOrder(
  rows: RowReader,
  table: MigratedTable,
  order: readonly string[],
): AsyncGenerator<Row, undefined> {
  for (let after: Row | null = null; ; ) {
    const page: Row[] = await rows.page(table, { order, after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return undefined;
    after = last;
  }
}

class Comparison {
  readonly #options: VerifyOptions;
  readonly #all = createHash("sha256");
  readonly #differences = new Set<string>();
  #rows = 0;
  #conversations = 0;
  #messages = 0;
  #current: { conversation: number; digests: [string, string] } | null = null;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async table(
    table: MigratedTable,
    source: AsyncGenerator<Row, undefined>,
    target: AsyncGenerator<Row, undefined>,
  ): Promise<void> {
    for (;;) {
      const [left, right] = [(await source.next()).value, (await target.next()).value];
      if (left === undefined && right === undefined) return;
      this.#row(table, left, right);
      if (this.#rows % PAGE !== 0) continue;
      this.#options.signal.throwIfAborted();
      this.#options.onRows(this.#rows);
    }
  }

  #row(table: MigratedTable, left: Row | undefined, right: Row | undefined): void {
    this.#rows += 1;
    const [own, other] = [left, right].map((row) => (row === undefined ? "" : textOf(row)));
    const row = left ?? right;
    if (row === undefined) return;
    if (table.name === "messages") {
      this.#message(Number(columnValue(table, row, "conversation_seq")), [own ?? "", other ?? ""]);
      return;
    }
    if (own === other) return;
    const key = table.key.map((column) => String(columnValue(table, row, column))).join(" ");
    this.#differences.add(`${table.name} ${key}`);
  }

  #message(conversation: number, texts: [string, string]): void {
    this.#messages += 1;
    if (this.#current?.conversation !== conversation) this.endConversation(conversation);
    if (this.#current === null) return;
    const [own, other] = this.#current.digests;
    this.#current.digests = [chained(own, texts[0]), chained(other, texts[1])];
  }

  /** The digests of the last conversation are complete; the next one begins. */
  endConversation(next: number | null): void {
    if (this.#current !== null) {
      const { conversation, digests } = this.#current;
      this.#conversations += 1;
      this.#all.update(digests[0]);
      if (digests[0] !== digests[1]) {
        this.#differences.add(`messages of conversation ${conversation}`);
      }
    }
    this.#current = next === null ? null : { conversation: next, digests: ["", ""] };
  }

  result(): Verification {
    return {
      rows: this.#rows,
      conversations: this.#conversations,
      messages: this.#messages,
      digest: this.#all.digest("hex"),
      differing: this.#differences.size,
      differences: [...this.#differences].slice(0, SHOWN),
    };
  }
}

function chained(digest: string, text: string): string {
  return createHash("sha256").update(digest).update(text).digest("hex");
}

/** The same for the same values, whatever engine gave them. */
function textOf(row: Row): string {
  return JSON.stringify(
    row.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ),
  );
}
