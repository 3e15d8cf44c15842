import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely";
import type { ClientBase } from "pg";
import type { Tables } from "../sql/tables.ts";
import { toStored } from "./stored-text.ts";

/** Builds queries; a session runs them. */
export const sqlBuilder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** One transaction's statements. Not to be used after the transaction's work has ended. */
export class Session {
  readonly sql = sqlBuilder;
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async all<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    return await this.rows<Row>(query.sql, query.parameters);
  }

  async first<Row>(query: CompiledQuery<Row>): Promise<Row | undefined> {
    return (await this.all(query))[0];
  }

  /** Answers how many rows it changed. */
  async run(query: CompiledQuery<unknown>): Promise<number> {
    return await this.execute(query.sql, query.parameters);
  }

  /** Rows of a statement written by hand; the caller vouches for their shape. */
  async rows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#client.query(sql, parameters.map(storable));
    return result.rows as Row[];
  }

  /** Answers how many rows it changed. */
  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const result = await this.#client.query(sql, parameters.map(storable));
    return result.rowCount ?? 0;
  }

  /** Several statements without parameters. */
  async script(sql: string): Promise<void> {
    await this.#client.query(sql);
  }
}

function storable(value: unknown): unknown {
  if (typeof value === "string") return toStored(value);
  return Array.isArray(value) ? value.map(storable) : value;
}
