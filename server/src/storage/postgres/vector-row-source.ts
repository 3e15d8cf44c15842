import type { Owner } from "../../core/conversations/conversation.ts";
import type {
  ChunkPlace,
  LocatedMessage,
  MessageDescription,
  RowVector,
  VectorRowSource,
} from "../vectors/vector-row-source.ts";
import type { PostgresDatabase } from "./database.ts";
import type { Session } from "./session.ts";
import { fromStored } from "./stored-text.ts";

/** What vector engines outside the database read of the rows. Vectors that pgvector's tables hold are not among them. */
export function vectorRowSource(database: PostgresDatabase): VectorRowSource {
  const ofOwner = <T>(owner: Owner, read: (session: Session) => Promise<T>) =>
    database.forOwner(owner, read);
  return {
    locate: (owner, messageIds) =>
      ofOwner(owner, (session) => session.rows<LocatedMessage>(LOCATE, [owner, [...messageIds]])),
    describe: (owner, messages) =>
      ofOwner(owner, async (session) => {
        const rows = await session.rows<MessageDescription>(DESCRIBE, [owner, [...messages]]);
        return rows.map(readable);
      }),
    vectorsOf: (owner, modelId, messages) =>
      ofOwner(owner, (session) =>
        session.rows<{ message: number; chunk: number; vector: Uint8Array }>(VECTORS_OF, [
          owner,
          modelId,
          [...messages],
        ]),
      ),
    chunksOf: (owner, modelId, messages) =>
      ofOwner(owner, (session) =>
        session.rows<ChunkPlace>(CHUNKS_OF, [owner, modelId, [...messages]]),
      ),
    vectorsAfter: ({ dimension, after, limit }) =>
      database.asService(async (session) => {
        const rows = await session.rows<RowVector>(VECTORS_AFTER, [dimension, after, limit]);
        return rows.map(readable);
      }),
    vectorCounts: () =>
      database.asService((session) => session.rows<{ dimension: number; vectors: number }>(COUNTS)),
    collections: (owner) =>
      ofOwner(owner, (session) =>
        session.rows<{ id: string; dimension: number; vectors: number; messages: number }>(
          COLLECTIONS,
          [owner],
        ),
      ),
    note: (key) => database.asService((session) => readNote(session, key)),
    setNote: async (key, value) => {
      await database.asService((session) =>
        session.execute(`${INSERT_NOTE} DO UPDATE SET value = excluded.value`, [key, value]),
      );
    },
    noteOnce: (key, value) =>
      database.asService(async (session) => {
        await session.execute(`${INSERT_NOTE} DO NOTHING`, [key, value]);
        return (await readNote(session, key)) ?? value;
      }),
  };
}

const LOCATE = `
SELECT id, seq AS message, conversation_seq AS conversation, text_length AS length
FROM messages WHERE owner = $1 AND id = ANY($2::text[])`;

const DESCRIPTION = `
m.seq AS message, m.id AS "messageId", c.seq AS conversation, c.id AS "conversationId", m.role,
  c.folder, c.label, c.status, m.timestamp`;

const DESCRIBE = `
SELECT ${DESCRIPTION}
FROM messages m JOIN conversations c ON c.seq = m.conversation_seq
WHERE m.owner = $1 AND m.seq = ANY($2::bigint[])`;

const OF_MESSAGES = `
FROM vectors v JOIN embedding_models em ON em.seq = v.model_seq
WHERE v.owner = $1 AND em.id = $2 AND v.message_seq = ANY($3::bigint[]) AND v.vector IS NOT NULL`;

const VECTORS_OF = `SELECT v.message_seq AS message, v.chunk, v.vector ${OF_MESSAGES}`;

const CHUNKS_OF = `
SELECT v.message_seq AS message, v.chunk, v.start_offset AS start, v.end_offset AS "end"
${OF_MESSAGES}`;

const VECTORS_AFTER = `
SELECT v.seq AS sequence, v.owner, em.id AS "modelId", v.chunk, v.start_offset AS start,
  v.end_offset AS "end", v.vector, ${DESCRIPTION}
FROM vectors v
JOIN embedding_models em ON em.seq = v.model_seq AND em.dimension = $1
JOIN messages m ON m.seq = v.message_seq
JOIN conversations c ON c.seq = m.conversation_seq
WHERE v.seq > $2 AND v.vector IS NOT NULL ORDER BY v.seq LIMIT $3`;

const COUNTS = `
SELECT em.dimension, count(v.seq) FILTER (WHERE v.vector IS NOT NULL) AS vectors
FROM embedding_models em LEFT JOIN vectors v ON v.model_seq = em.seq
GROUP BY em.dimension ORDER BY em.dimension`;

const COLLECTIONS = `
SELECT em.id, em.dimension, count(*) AS vectors, count(DISTINCT v.message_seq) AS messages
FROM vectors v JOIN embedding_models em ON em.seq = v.model_seq
WHERE v.owner = $1 GROUP BY em.seq, em.id, em.dimension ORDER BY em.seq`;

/** Notes stand among the settings of no owner. */
const INSERT_NOTE =
  "INSERT INTO settings (owner, key, value) VALUES ('', $1, $2) ON CONFLICT (owner, key)";

async function readNote(session: Session, key: string): Promise<string | null> {
  const [row] = await session.rows<{ value: string }>(
    "SELECT value FROM settings WHERE owner = '' AND key = $1",
    [key],
  );
  return row === undefined ? null : fromStored(row.value);
}

function readable<Row extends MessageDescription>(row: Row): Row {
  const { role, folder, label } = row;
  return { ...row, role: fromStored(role), folder: fromStored(folder), label: fromStored(label) };
}
