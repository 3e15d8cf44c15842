import type { Owner } from "../../../core/conversations/conversation.ts";
import type { PostgresDatabase } from "../../postgres/database.ts";
import type { VectorTables } from "../../postgres/vector-rows.ts";

const PAGE = 500;

interface OwnVector {
  seq: number;
  owner: Owner;
  model: number;
  message: number;
  conversation: number;
  vector: Buffer;
}

const NEXT = `
SELECT seq, owner, model_seq AS model, message_seq AS message, conversation_seq AS conversation, vector
FROM vectors WHERE vector IS NOT NULL AND seq > $1 ORDER BY seq LIMIT $2 FOR UPDATE`;

/**
 * Moves components out of their rows into pgvector's tables, a page a transaction, until none is left that they can
 * hold. Answers how many were moved.
 */
export async function adoptVectors(
  database: PostgresDatabase,
  tables: VectorTables,
  signal: AbortSignal,
): Promise<number> {
  await prepareAll(database, tables);
  let moved = 0;
  for (let after: number | null = 0; after !== null && !signal.aborted; ) {
    const page: { moved: number; last: number | null } = await adoptPage(database, tables, after);
    moved += page.moved;
    after = page.last;
  }
  return moved;
}

/** The tables have to be there before the transactions that write to them. */
async function prepareAll(database: PostgresDatabase, tables: VectorTables): Promise<void> {
  const models = await database.asService(
    async (session) =>
      await session.rows<{ id: string; name: string; dimension: number }>(
        "SELECT id, name, dimension FROM embedding_models",
      ),
  );
  for (const model of models) await tables.prepare(model);
}

async function adoptPage(
  database: PostgresDatabase,
  tables: VectorTables,
  after: number,
): Promise<{ moved: number; last: number | null }> {
  return await database.asService(async (session) => {
    const rows = await session.rows<OwnVector>(NEXT, [after, PAGE]);
    const held = rows
      .map(({ model, vector, ...row }) => ({ ...row, modelSeq: model, vector: components(vector) }))
      .filter(({ vector }) => tables.holds(vector));
    if (held.length > 0) {
      await tables.keep(session, held);
      await session.execute("UPDATE vectors SET vector = NULL WHERE seq = ANY($1::bigint[])", [
        held.map(({ seq }) => seq),
      ]);
    }
    return { moved: held.length, last: rows.length < PAGE ? null : (rows.at(-1)?.seq ?? null) };
  });
}

/** Copied, since a buffer from the connection may begin at any byte. */
function components(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
