import type { PostgresDatabase } from "../postgres/database.ts";
import type { Session } from "../postgres/session.ts";
import { indexedParts } from "../postgres/text-words.ts";
import type { HeldVector } from "../postgres/vector-rows.ts";
import { fromVectorBytes } from "../vectors/pgvector/vector-bytes.ts";
import { type PgvectorTables, vectorTable } from "../vectors/pgvector/vector-tables.ts";
import {
  type ColumnKind,
  columnValue,
  MIGRATED_TABLES,
  MIGRATION_NOTE,
  type MigratedTable,
  type Row,
  type Value,
} from "./migrated-tables.ts";
import type { PageRequest, RowWriter } from "./row-storage.ts";

const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: "text",
  integer: "bigint",
  big: "bigint",
  real: "double precision",
  bytes: "bytea",
};

/** Columns that this engine has and the other derives or does not need. */
const EXTRA: Readonly<
  Record<string, { column: string; of: (table: MigratedTable, row: Row) => Value }>
> = {
  conversations: {
    column: "label_folded",
    of: (table, row) => String(columnValue(table, row, "label")).toLowerCase(),
  },
  // No process has it any more: it counts as spent at the next start.
  cost_leases: { column: "holder", of: () => "migrated" },
};

export interface PostgresRowsOptions {
  database: PostgresDatabase;
  /** Null where the vectors stand in their rows. */
  tables: PgvectorTables | null;
  /** The place, without a password. */
  name: string;
}

/** Reads and writes every owner's rows. */
export class PostgresRows implements RowWriter {
  readonly name: string;
  readonly #database: PostgresDatabase;
  readonly #tables: PgvectorTables | null;
  #dimensions = new Map<number, number>();

  constructor({ database, tables, name }: PostgresRowsOptions) {
    this.name = name;
    this.#database = database;
    this.#tables = tables;
  }

  async count(table: MigratedTable): Promise<number> {
    return await this.#database.asService(async (session) => {
      const [row] = await session.rows<{ count: number }>(
        `SELECT count(*) AS count FROM ${table.name} WHERE ${table.only ?? "true"}`,
      );
      return row?.count ?? 0;
    });
  }

  async page(table: MigratedTable, request: PageRequest): Promise<Row[]> {
    if (table.name === "vectors" && request.after === null) await this.#models();
    return await this.#database.asService(async (session) => {
      const rows = await readPage(session, table, request);
      return table.name === "vectors" ? await this.#withComponents(session, table, rows) : rows;
    });
  }

  async note(): Promise<string | null> {
    return await this.#database.asService(async (session) => {
      const [row] = await session.rows<{ value: string }>(
        "SELECT value FROM settings WHERE owner = '' AND key = $1",
        [MIGRATION_NOTE],
      );
      return row?.value ?? null;
    });
  }

  async write(table: MigratedTable, rows: readonly Row[], note: string): Promise<void> {
    if (table.name === "vectors") await this.#prepare();
    await this.#database.asService(async (session) => {
      if (table.name === "vectors") await this.#insertVectors(session, table, rows);
      else await insertRows(session, table, rows);
      if (table.name === "messages") await indexWords(session, table, rows);
      await writeNote(session, note);
    });
  }

  async finish(note: string): Promise<void> {
    const numbered = MIGRATED_TABLES.filter(({ columns }) => "seq" in columns);
    // The login role sees no rows, and the service's may not set a sequence.
    const newest = await this.#database.asService(async (session) => {
      const found = new Map<string, number>();
      for (const { name } of numbered) {
        const [row] = await session.rows<{ seq: number }>(
          `SELECT greatest(1, max(seq)) AS seq FROM ${name}`,
        );
        found.set(name, row?.seq ?? 1);
      }
      return found;
    });
    await this.#database.asLogin(async (session) => {
      for (const [name, seq] of newest) {
        await session.rows("SELECT setval(pg_get_serial_sequence($1, 'seq'), $2)", [name, seq]);
      }
      await session.script("SET LOCAL statement_timeout = 0; ANALYZE");
    });
    await this.#database.asService(async (session) => await writeNote(session, note));
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #prepare(): Promise<void> {
    for (const model of await this.#models()) await this.#tables?.prepare(model);
  }

  async #models() {
    const models = await this.#database.asService(
      async (session) =>
        await session.rows<{ seq: number; id: string; name: string; dimension: number }>(
          "SELECT seq, id, name, dimension FROM embedding_models",
        ),
    );
    this.#dimensions = new Map(models.map(({ seq, dimension }) => [seq, dimension]));
    return models;
  }

  /** Those that a table of pgvector can hold stand there; the others stay in their rows. */
  async #insertVectors(
    session: Session,
    table: MigratedTable,
    rows: readonly Row[],
  ): Promise<void> {
    const held: HeldVector[] = [];
    const at = Object.keys(table.columns).indexOf("vector");
    const written = rows.map((row) => {
      const vector = toHeld(table, row);
      if (vector === null || this.#tables?.holds(vector.vector) !== true) return row;
      held.push(vector);
      return row.with(at, null);
    });
    await insertRows(session, table, written);
    if (held.length > 0) await this.#tables?.keep(session, held);
  }

  async #withComponents(session: Session, table: MigratedTable, rows: Row[]): Promise<Row[]> {
    const at = Object.keys(table.columns).indexOf("vector");
    const elsewhere = rows.filter((row) => row[at] === null);
    if (elsewhere.length === 0) return rows;
    const dimensionOf = (row: Row) =>
      this.#dimensions.get(Number(columnValue(table, row, "model_seq"))) ?? 0;
    const components = new Map<number, Uint8Array>();
    await this.#tables?.reach(session);
    for (const [dimension, group] of Map.groupBy(elsewhere, dimensionOf)) {
      const found = await session.rows<{ seq: number; bytes: Buffer }>(
        `SELECT vector_seq AS seq, vector_send(embedding) AS bytes FROM ${vectorTable(dimension)}
         WHERE vector_seq = ANY($1::bigint[])`,
        [group.map((row) => columnValue(table, row, "seq"))],
      );
      for (const { seq, bytes } of found) {
        components.set(seq, new Uint8Array(fromVectorBytes(bytes).buffer));
      }
    }
    return rows.map((row) =>
      row[at] === null
        ? row.with(at, components.get(Number(columnValue(table, row, "seq"))) ?? null)
        : row,
    );
  }
}

async function readPage(
  session: Session,
  table: MigratedTable,
  { order, after, limit }: PageRequest,
): Promise<Row[]> {
  const names = Object.keys(table.columns);
  const columns = names.map((name) => (table.columns[name] === "big" ? `${name}::text` : name));
  const places = order.map((column, at) => `$${at + 1}::${TYPES[table.columns[column] ?? "text"]}`);
  const behind = after === null ? "true" : `(${order.join(", ")}) > (${places.join(", ")})`;
  const values = after === null ? [] : order.map((column) => columnValue(table, after, column));
  const rows = await session.rows<Record<string, Value>>(
    `SELECT ${columns.join(", ")} FROM ${table.name} WHERE ${table.only ?? "true"} AND ${behind}
     ORDER BY ${order.join(", ")} LIMIT ${limit}`,
    values,
  );
  return rows.map((row) => names.map((name) => row[name] ?? null));
}

async function insertRows(
  session: Session,
  table: MigratedTable,
  rows: readonly Row[],
): Promise<void> {
  const extra = EXTRA[table.name];
  const kinds = [
    ...Object.values(table.columns),
    ...(extra === undefined ? [] : ["text" as const]),
  ];
  const names = [...Object.keys(table.columns), ...(extra === undefined ? [] : [extra.column])];
  const full = extra === undefined ? rows : rows.map((row) => [...row, extra.of(table, row)]);
  const arrays = kinds.map((kind, at) => `$${at + 1}::${TYPES[kind]}[]`);
  const update =
    table.name === "settings"
      ? "ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value"
      : "";
  await session.execute(
    `INSERT INTO ${table.name} (${names.join(", ")}) OVERRIDING SYSTEM VALUE
     SELECT * FROM unnest(${arrays.join(", ")}) ${update}`,
    kinds.map((kind, at) => full.map((row) => parameter(kind, row[at] ?? null))),
  );
}

function parameter(kind: ColumnKind, value: Value): unknown {
  return kind === "bytes" && value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** As write-messages.ts fills the index of words. */
async function indexWords(
  session: Session,
  table: MigratedTable,
  rows: readonly Row[],
): Promise<void> {
  const parts = rows.flatMap((row) => {
    const [seq, owner, name] = ["seq", "owner", "name"].map((column) =>
      columnValue(table, row, column),
    );
    return indexedParts(
      name === null || name === undefined ? null : String(name),
      String(columnValue(table, row, "content")),
    ).map((part, number) => ({ seq, owner, number, ...part }));
  });
  await session.execute(
    `INSERT INTO message_words (message_seq, part, owner, length, words)
     SELECT message_seq, part, owner, length,
       array_to_tsvector(ARRAY[chr(1) || md5(owner)]) || words::tsvector
     FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::integer[], $5::text[])
       AS given (message_seq, part, owner, length, words)`,
    (["seq", "number", "owner", "length", "words"] as const).map((key) =>
      parts.map((part) => part[key]),
    ),
  );
}

function toHeld(table: MigratedTable, row: Row): HeldVector | null {
  const bytes = columnValue(table, row, "vector");
  if (!(bytes instanceof Uint8Array) || bytes.byteLength % 4 !== 0) return null;
  return {
    seq: Number(columnValue(table, row, "seq")),
    owner: String(columnValue(table, row, "owner")),
    modelSeq: Number(columnValue(table, row, "model_seq")),
    message: Number(columnValue(table, row, "message_seq")),
    conversation: Number(columnValue(table, row, "conversation_seq")),
    // Copied, since the bytes may begin anywhere.
    vector: new Float32Array(Uint8Array.from(bytes).buffer),
  };
}

async function writeNote(session: Session, note: string): Promise<void> {
  await session.execute(
    `INSERT INTO settings (owner, key, value) VALUES ('', $1, $2)
     ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value`,
    [MIGRATION_NOTE, note],
  );
}
