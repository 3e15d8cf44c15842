import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import { protectTable } from "../../postgres/access.ts";
import type { PostgresDatabase } from "../../postgres/database.ts";
import { takeLock } from "../../postgres/migrate.ts";
import type { Session } from "../../postgres/session.ts";
import type { HeldVector, VectorTables } from "../../postgres/vector-rows.ts";
import { hasDirection } from "../query-vector.ts";
import { MOST_COMPONENTS, toVectorBytes } from "./vector-bytes.ts";

/** Inline up to this dimension: a scan that fetches each vector from beside its row takes many times as long. */
const MOST_INLINE = 1900;
/** Rows a statement: six parameters each. */
const BATCH = 250;

/** One table for each dimension. */
export function vectorTable(dimension: number): string {
  return `vectors_${dimension}`;
}

/** Makes the tables as models need them and writes the components there. */
export class PgvectorTables implements VectorTables {
  readonly #database: PostgresDatabase;
  readonly #extensionSchema: string;
  readonly #made = new Map<number, Promise<void>>();

  constructor(database: PostgresDatabase, extensionSchema: string) {
    this.#database = database;
    this.#extensionSchema = extensionSchema;
  }

  async prepare({ dimension }: EmbeddingModelIdentity): Promise<void> {
    if (dimension > MOST_COMPONENTS) return;
    let making = this.#made.get(dimension);
    if (making === undefined) {
      making = this.#make(dimension);
      this.#made.set(dimension, making);
      making.catch(() => this.#made.delete(dimension));
    }
    await making;
  }

  holds(vector: Float32Array): boolean {
    return (
      vector.length <= MOST_COMPONENTS && this.#made.has(vector.length) && hasDirection(vector)
    );
  }

  async keep(session: Session, vectors: readonly HeldVector[]): Promise<void> {
    await this.reach(session);
    const byDimension = Map.groupBy(vectors, ({ vector }) => vector.length);
    for (const [dimension, group] of byDimension) {
      for (let start = 0; start < group.length; start += BATCH) {
        await insert(session, dimension, group.slice(start, start + BATCH));
      }
    }
  }

  /** The extension's types and operators, for the rest of a transaction, wherever it was created. */
  async reach(session: Session): Promise<void> {
    const schema = this.#extensionSchema;
    if (schema === "public" || schema === this.#database.schema) return;
    await session.rows(
      "SELECT set_config('search_path', current_setting('search_path') || ', ' || quote_ident($1), true)",
      [schema],
    );
  }

  async #make(dimension: number): Promise<void> {
    const table = vectorTable(dimension);
    const { access } = this.#database;
    await this.#database.asLogin(async (session) => {
      await takeLock(session, this.#database.schema);
      await this.reach(session);
      const [found] = await session.rows<{ exists: boolean }>(
        "SELECT to_regclass($1) IS NOT NULL AS exists",
        [table],
      );
      if (found?.exists === true) return;
      await session.script(definition(table, dimension));
      if (access !== null) await protectTable(session, table, access);
    });
  }
}

function definition(table: string, dimension: number): string {
  const storage = dimension <= MOST_INLINE ? "PLAIN" : "EXTERNAL";
  return `
CREATE TABLE ${table} (
  vector_seq bigint PRIMARY KEY REFERENCES vectors (seq) ON DELETE CASCADE,
  owner text COLLATE "C" NOT NULL,
  model_seq bigint NOT NULL,
  conversation_seq bigint NOT NULL,
  message_seq bigint NOT NULL,
  embedding vector(${dimension}) NOT NULL
);
ALTER TABLE ${table} ALTER COLUMN embedding SET STORAGE ${storage};
CREATE INDEX ${table}_by_owner ON ${table} (owner, model_seq, conversation_seq, message_seq);
CREATE INDEX ${table}_by_message ON ${table} (message_seq);`;
}

async function insert(
  session: Session,
  dimension: number,
  vectors: readonly HeldVector[],
): Promise<void> {
  const rows = vectors.map((_, at) => {
    const [seq, owner, model, conversation, message, embedding] = Array.from(
      { length: 6 },
      (_, column) => `$${at * 6 + column + 1}`,
    );
    return `(${seq}::bigint, ${owner}, ${model}::bigint, ${conversation}::bigint, ${message}::bigint, ${embedding}::vector)`;
  });
  await session.execute(
    `INSERT INTO ${vectorTable(dimension)}
       (vector_seq, owner, model_seq, conversation_seq, message_seq, embedding) VALUES ${rows.join(", ")}`,
    vectors.flatMap(({ seq, owner, modelSeq, conversation, message, vector }) => [
      seq,
      owner,
      modelSeq,
      conversation,
      message,
      toVectorBytes(vector),
    ]),
  );
}
