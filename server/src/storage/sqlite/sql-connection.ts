import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export const BUSY_TIMEOUT_MS = 10_000;
const CACHED_STATEMENTS = 300;

/**
 * A new file is readable by its owner alone, and so are its log and its shared memory, which get the file's rights:
 * what people said is nobody else's on this machine. Does nothing where there is a file.
 */
export function createPrivately(file: string): void {
  if (file === ":memory:") return;
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch {
    // It is there; or SQLite says what is wrong with the place.
  }
}

/**
 * One SQLite connection, for one thread, for statements written by hand; they are prepared once and kept. Without Kysely,
 * which takes 10 MB that the thread of costs alone does not need (docs/decisions/llm-layer.md).
 */
export class SqlConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Those that answer lists of columns: the same statement cannot do both. */
  readonly #tupleStatements = new Map<string, StatementSync>();

  constructor(file: string, options: { readOnly: boolean; cacheMegabytes: number }) {
    if (!options.readOnly) createPrivately(file);
    this.database = new DatabaseSync(file, {
      readOnly: options.readOnly,
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    this.database.exec(`PRAGMA cache_size = ${-1024 * options.cacheMegabytes}`);
    this.database.exec("PRAGMA temp_store = MEMORY");
    // SQLite's own folds ASCII only.
    this.database.function("lower", { deterministic: true }, (value) =>
      typeof value === "string" ? value.toLowerCase() : value,
    );
  }

  /** Rows of a statement written by hand; the caller vouches for their shape. */
  rows<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    return this.#prepare(sql).all(...bound(sql, parameters)) as Row[];
  }

  /** The same as lists in the order of the columns, which takes half the time where rows are many. */
  tuples<Columns extends unknown[]>(sql: string, parameters: readonly unknown[] = []): Columns[] {
    const known = this.#tupleStatements.get(sql);
    const statement = known ?? this.#newStatement(sql, this.#tupleStatements);
    if (known === undefined) statement.setReturnArrays(true);
    return statement.all(...bound(sql, parameters)) as unknown as Columns[];
  }

  execute(
    sql: string,
    parameters: readonly unknown[] = [],
  ): { changes: number; lastInsertRowid: number } {
    const result = this.#prepare(sql).run(...bound(sql, parameters));
    return { changes: Number(result.changes), lastInsertRowid: Number(result.lastInsertRowid) };
  }

  close(): void {
    this.#statements.clear();
    this.#tupleStatements.clear();
    this.database.close();
  }

  #prepare(sql: string): StatementSync {
    return this.#statements.get(sql) ?? this.#newStatement(sql, this.#statements);
  }

  #newStatement(sql: string, kept: Map<string, StatementSync>): StatementSync {
    const statement = this.database.prepare(sql);
    if (!bindsNumbersByPlace()) statement.setAllowUnknownNamedParameters(true);
    const oldest = kept.keys().next().value;
    if (kept.size >= CACHED_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    kept.set(sql, statement);
    return statement;
  }
}

/** `?1` and so on; none of our texts has one inside quotes. */
const NUMBERED = /\?\d/;

let answer: boolean | undefined;

/** Node 22 takes `?1` for the name of a parameter, and gives it no value by its place. */
function bindsNumbersByPlace(): boolean {
  if (answer !== undefined) return answer;
  const database = new DatabaseSync(":memory:");
  try {
    database.prepare("SELECT ?1").get(1);
    answer = true;
  } catch {
    answer = false;
  } finally {
    database.close();
  }
  return answer;
}

/** A statement's parameters as this Node takes them: in a list, or by name. */
function bound(sql: string, parameters: readonly unknown[]): SQLInputValue[] {
  const values = parameters as SQLInputValue[];
  if (bindsNumbersByPlace() || !NUMBERED.test(sql)) return values;
  const named = Object.fromEntries(values.map((value, at) => [`?${at + 1}`, value]));
  // The types know names with letters alone.
  return [named as unknown as SQLInputValue];
}
