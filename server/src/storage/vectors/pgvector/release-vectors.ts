import type { PostgresDatabase } from "../../postgres/database.ts";
import type { Session } from "../../postgres/session.ts";
import { ensureExtension } from "./extension.ts";
import { fromVectorBytes } from "./vector-bytes.ts";
import { PgvectorTables, vectorTable } from "./vector-tables.ts";

const PAGE = 500;

/**
 * Moves components back from pgvector's tables into their rows, a page a transaction: for a memory whose vectors are
 * searched elsewhere from now on. Answers how many were moved. Nothing to do where pgvector never was.
 */
export async function releaseVectors(
  database: PostgresDatabase,
  signal: AbortSignal,
): Promise<number> {
  const dimensions = await database.asService((session) =>
    session.rows<{ dimension: number }>(
      "SELECT DISTINCT dimension FROM embedding_models WHERE to_regclass('vectors_' || dimension) IS NOT NULL",
    ),
  );
  if (dimensions.length === 0) return 0;
  const tables = new PgvectorTables(database, await ensureExtension(database));
  let moved = 0;
  for (const { dimension } of dimensions) {
    for (let page = PAGE; page === PAGE && !signal.aborted; moved += page) {
      page = await database.asService(async (session) => {
        await tables.reach(session);
        return await releasePage(session, dimension);
      });
    }
  }
  return moved;
}

async function releasePage(session: Session, dimension: number): Promise<number> {
  const table = vectorTable(dimension);
  const rows = await session.rows<{ seq: number; embedding: Buffer }>(
    `DELETE FROM ${table} WHERE vector_seq IN
       (SELECT vector_seq FROM ${table} ORDER BY vector_seq LIMIT $1)
     RETURNING vector_seq AS seq, vector_send(embedding) AS embedding`,
    [PAGE],
  );
  if (rows.length === 0) return 0;
  await session.execute(
    `UPDATE vectors v SET vector = own.vector
     FROM unnest($1::bigint[], $2::bytea[]) AS own (seq, vector) WHERE v.seq = own.seq`,
    [
      rows.map(({ seq }) => seq),
      rows.map(({ embedding }) => Buffer.from(fromVectorBytes(embedding).buffer)),
    ],
  );
  return rows.length;
}
