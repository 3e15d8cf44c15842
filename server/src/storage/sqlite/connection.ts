import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Tables } from "../sql/tables.ts";
import { SqlConnection } from "./sql-connection.ts";

type Query<Row> = CompiledQuery<Row>;

/** A connection whose queries are built by Kysely and run here, synchronously. */
export class Connection extends SqlConnection {
  readonly sql = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  readonly #compiled = new Map<string, string>();

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
}
