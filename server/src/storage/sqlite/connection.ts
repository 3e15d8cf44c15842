import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Tables } from "../sql/tables.ts";

export const BUSY_TIMEOUT_MS = 10_000;
const CACHED_STATEMENTS = 300;

type Query<Row> = CompiledQuery<Row>;

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
 * One SQLite connection, for one thread. Queries are built by Kysely and run here, synchronously,
 * with their prepared statements kept.
 */
export class Connection {
  readonly database: DatabaseSync;
  readonly sql: Kysely<Tables>;
  readonly #statements = new Map<string, StatementSync>();
  readonly #compiled = new Map<string, string>();
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
    this.sql = new Kysely<Tables>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (kysely) => new SqliteIntrospector(kysely),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    });
  }

  /** The SQL of a query that differs in its parameters only: building and compiling takes longer than many a query. */
  compiledOnce(name: string, build: () => CompiledQuery<unknown>): string {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    const { sql } = build();
    this.#compiled.set(name, sql);
    return sql;
  }

  all<Row>(query: Query<Row>): Row[] {
    return this.rows<Row>(query.sql, query.parameters);
  }

  first<Row>(query: Query<Row>): Row | undefined {
    return this.all(query)[0];
  }

  run(query: Query<unknown>): { changes: number; lastInsertRowid: number } {
    return this.execute(query.sql, query.parameters);
  }

  /** Rows of a statement written by hand; the caller vouches for their shape. */
  rows<Row>(sql: string, parameters: readonly unknown[] = []): Row[] {
    return this.#prepare(sql).all(...(parameters as SQLInputValue[])) as Row[];
  }

  /** The same as lists in the order of the columns, which takes half the time where rows are many. */
  tuples<Columns extends unknown[]>(sql: string, parameters: readonly unknown[] = []): Columns[] {
    const known = this.#tupleStatements.get(sql);
    const statement = known ?? this.#newStatement(sql, this.#tupleStatements);
    if (known === undefined) statement.setReturnArrays(true);
    return statement.all(...(parameters as SQLInputValue[])) as unknown as Columns[];
  }

  execute(
    sql: string,
    parameters: readonly unknown[] = [],
  ): { changes: number; lastInsertRowid: number } {
    const result = this.#prepare(sql).run(...(parameters as SQLInputValue[]));
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
    const oldest = kept.keys().next().value;
    if (kept.size >= CACHED_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    kept.set(sql, statement);
    return statement;
  }
}
