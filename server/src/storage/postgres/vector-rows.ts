import type { Owner } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { VectorEntry } from "../../core/ports/vector-store.ts";
import type { Session } from "./session.ts";

/** A row of `vectors` whose components stand in a table of pgvector. */
export interface HeldVector {
  /** Of its row in `vectors`. */
  seq: number;
  owner: Owner;
  modelSeq: number;
  message: number;
  conversation: number;
  vector: Float32Array;
}

/** Tables beside `vectors` that hold the components, so that each stands in the database once. */
export interface VectorTables {
  /** Makes what a model's vectors need. Outside of transactions; costs nothing once it is there. */
  prepare(model: EmbeddingModelIdentity): Promise<void>;
  /** Whether a vector can stand there; the others stay in their row. */
  holds(vector: Float32Array): boolean;
  /** In the transaction that wrote the rows. */
  keep(session: Session, vectors: readonly HeldVector[]): Promise<void>;
}

export interface NewVector {
  owner: Owner;
  modelSeq: number;
  entry: VectorEntry;
}

/** Statements stay far below the protocol's 65,535 parameters. */
const BATCH = 1000;

/** Writes vectors whose messages have none of this model: `vectors`, and beside it where `tables` hold them. */
export async function insertVectors(
  session: Session,
  vectors: readonly NewVector[],
  tables: VectorTables | null,
): Promise<void> {
  for (let start = 0; start < vectors.length; start += BATCH) {
    await insertBatch(session, vectors.slice(start, start + BATCH), tables);
  }
}

const INSERT = `
INSERT INTO vectors (owner, model_seq, message_seq, conversation_seq, chunk, start_offset, end_offset, vector)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::bytea[])
RETURNING seq, message_seq AS message, model_seq AS model, chunk`;

async function insertBatch(
  session: Session,
  vectors: readonly NewVector[],
  tables: VectorTables | null,
): Promise<void> {
  const isHeld = vectors.map(({ entry }) => tables?.holds(entry.vector) === true);
  const entries = vectors.map(({ entry }) => entry);
  const rows = await session.rows<{ seq: number; message: number; model: number; chunk: number }>(
    INSERT,
    [
      vectors.map(({ owner }) => owner),
      vectors.map(({ modelSeq }) => modelSeq),
      entries.map(({ message }) => message),
      entries.map(({ conversation }) => conversation),
      entries.map(({ chunk }) => chunk),
      entries.map(({ start }) => start),
      entries.map(({ end }) => end),
      entries.map(({ vector }, at) => (isHeld[at] ? null : bytesOf(vector))),
    ],
  );
  const seqs = new Map(
    rows.map(({ seq, message, model, chunk }) => [`${message} ${model} ${chunk}`, seq]),
  );
  const held = vectors.filter((_, at) => isHeld[at]).map((vector) => heldVector(vector, seqs));
  if (held.length > 0) await tables?.keep(session, held);
}

function heldVector(
  { owner, modelSeq, entry }: NewVector,
  seqs: ReadonlyMap<string, number>,
): HeldVector {
  const { message, conversation, chunk, vector } = entry;
  const seq = seqs.get(`${message} ${modelSeq} ${chunk}`) ?? 0;
  return { seq, owner, modelSeq, message, conversation, vector };
}

/** As the row has it: little-endian float32. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
