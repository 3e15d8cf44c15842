import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Condition, FOLD_FUNCTION, foldCase } from "./filter-sql.ts";

export interface StoredModel {
  sequence: number;
  id: string;
  dimension: number;
}

/** A vector with what filters ask of its message. */
export interface StoredVector {
  sequence: number;
  message: number;
  conversation: number;
  role: string;
  timestamp: number;
  vector: Uint8Array;
}

/** A candidate as it stands in the database now. */
export interface CheckedVector {
  sequence: number;
  message: number;
  conversation: number;
  chunk: number;
  start: number;
  end: number;
  vector: Uint8Array;
  /** Whether the filter holds. */
  passes: boolean;
}

/** Whose vectors of which model. */
export interface Space {
  owner: string;
  model: StoredModel;
}

const MESSAGE_AND_CONVERSATION = `
CROSS JOIN messages m ON m.seq = v.message_seq
CROSS JOIN conversations c ON c.seq = v.conversation_seq AND c.owner = v.owner`;
const PAGE_BYTES = 4 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5000;
const CACHED_STATEMENTS = 64;
const SEQUENCES_PER_PAGE = 50_000;

/** "+": by message, where the owner's index would be read from end to end: half a second at 1,000,000 messages. */
export const SEQUENCES_OF_MESSAGE = `
SELECT json_group_array(seq) AS list FROM vectors
WHERE message_seq = ? AND model_seq = ? AND +owner = ?`;

/** Reads vectors from the SQLite file, by a connection of its own that never writes. */
export class VectorRows {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(databaseFile: string) {
    this.#database = new DatabaseSync(databaseFile, {
      readOnly: true,
      timeout: BUSY_TIMEOUT_MS,
    });
    this.#database.exec("PRAGMA cache_size = -64000");
    this.#database.function(FOLD_FUNCTION, { deterministic: true }, (text) =>
      foldCase(String(text)),
    );
  }

  /** Changes whenever another connection has committed. */
  dataVersion(): number {
    return Number(this.#get("PRAGMA data_version")?.data_version);
  }

  /** Throws when the schema is not there. */
  check(): void {
    this.#get("SELECT seq FROM vectors LIMIT 1");
  }

  model(id: string): StoredModel | undefined {
    return this.models().find((model) => model.id === id);
  }

  models(): StoredModel[] {
    return this.#all("SELECT seq, id, dimension FROM embedding_models ORDER BY seq").map((row) => ({
      sequence: Number(row.seq),
      id: String(row.id),
      dimension: Number(row.dimension),
    }));
  }

  /** The next vectors after a sequence, as many as are read at once; none at the end. */
  pageAfter(space: Space, sequence: number): StoredVector[] {
    const limit = Math.max(1, Math.floor(PAGE_BYTES / (space.model.dimension * 4)));
    return this.#all(
      `SELECT v.seq, v.message_seq, v.conversation_seq, m.role, m.timestamp, v.vector
       FROM vectors v CROSS JOIN messages m ON m.seq = v.message_seq
       WHERE v.owner = ? AND v.model_seq = ? AND v.seq > ? ORDER BY v.seq LIMIT ?`,
      [space.owner, space.model.sequence, sequence, limit],
    ).map(storedVector);
  }

  /** Some vectors by sequence, in no order; those that are gone are left out. */
  some(space: Space, sequences: readonly number[]): StoredVector[] {
    return this.#all(
      `SELECT v.seq, v.message_seq, v.conversation_seq, m.role, m.timestamp, v.vector
       FROM json_each(?) wanted
       CROSS JOIN vectors v ON v.seq = wanted.value
       CROSS JOIN messages m ON m.seq = v.message_seq
       WHERE v.owner = ? AND v.model_seq = ?`,
      [JSON.stringify(sequences), space.owner, space.model.sequence],
    ).map(storedVector);
  }

  /** The same with the filter's verdict and without what only loading needs. */
  checked(
    space: Space,
    sequences: readonly number[],
    condition: Condition | null,
  ): CheckedVector[] {
    // Vectors go with their message, so only a filter needs the message and its conversation.
    const joins = condition === null ? "" : MESSAGE_AND_CONVERSATION;
    return this.#all(
      `SELECT v.seq, v.message_seq, v.conversation_seq, v.chunk, v.start_offset, v.end_offset,
         v.vector, ${condition?.sql ?? "1"} AS passes
       FROM json_each(?) wanted
       CROSS JOIN vectors v ON v.seq = wanted.value ${joins}
       WHERE v.owner = ? AND v.model_seq = ?`,
      [...(condition?.values ?? []), JSON.stringify(sequences), space.owner, space.model.sequence],
    ).map((row) => ({
      sequence: Number(row.seq),
      message: Number(row.message_seq),
      conversation: Number(row.conversation_seq),
      chunk: Number(row.chunk),
      start: Number(row.start_offset),
      end: Number(row.end_offset),
      vector: row.vector as Uint8Array,
      passes: row.passes === 1,
    }));
  }

  /** Whether any conversation is not active; an index answers. */
  hasArchived(owner: string): boolean {
    return (
      this.#get("SELECT 1 FROM conversations WHERE owner = ? AND status = 'archived' LIMIT 1", [
        owner,
      ]) !== undefined
    );
  }

  /** The vectors a message has now. */
  sequencesOfMessage(space: Space, message: number): number[] {
    return this.#numbers(SEQUENCES_OF_MESSAGE, [message, space.model.sequence, space.owner]);
  }

  /** Sequences after one, ascending, in pages; an empty page is the end. */
  sequencesAfter(space: Space, sequence: number): number[] {
    return this.#numbers(
      `SELECT json_group_array(seq) AS list FROM (SELECT seq FROM vectors
       WHERE owner = ? AND model_seq = ? AND seq > ? ORDER BY seq LIMIT ${SEQUENCES_PER_PAGE})`,
      [space.owner, space.model.sequence, sequence],
    );
  }

  count(space: Space, upToSequence: number): number {
    const row = this.#get(
      "SELECT count(*) AS n FROM vectors WHERE owner = ? AND model_seq = ? AND seq <= ?",
      [space.owner, space.model.sequence, upToSequence],
    );
    return Number(row?.n);
  }

  /** A JSON array is five times as fast to read as 50,000 rows. */
  conversations(owner: string, condition: Condition): number[] {
    return this.#numbers(
      `SELECT json_group_array(c.seq) AS list FROM conversations c
       WHERE c.owner = ? AND ${condition.sql}`,
      [owner, ...condition.values],
    );
  }

  /** By message and through the unique index, so that no page with a vector is read. */
  messageCount(space: Space): number {
    const row = this.#get(
      `SELECT count(*) AS n FROM messages m WHERE m.owner = ? AND EXISTS
       (SELECT 1 FROM vectors v WHERE v.message_seq = m.seq AND v.model_seq = ?)`,
      [space.owner, space.model.sequence],
    );
    return Number(row?.n);
  }

  close(): void {
    this.#database.close();
  }

  #numbers(sql: string, values: SQLInputValue[]): number[] {
    return JSON.parse(String(this.#get(sql, values)?.list)) as number[];
  }

  #get(sql: string, values: SQLInputValue[] = []) {
    return this.#prepared(sql).get(...values);
  }

  #all(sql: string, values: SQLInputValue[] = []) {
    return this.#prepared(sql).all(...values);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const oldest = this.#statements.keys().next();
    if (this.#statements.size >= CACHED_STATEMENTS && oldest.done === false) {
      this.#statements.delete(oldest.value);
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function storedVector(row: Record<string, unknown>): StoredVector {
  return {
    sequence: Number(row.seq),
    message: Number(row.message_seq),
    conversation: Number(row.conversation_seq),
    role: String(row.role),
    timestamp: Number(row.timestamp),
    vector: row.vector as Uint8Array,
  };
}
