import type { Owner } from "../../core/conversations/conversation.ts";
import type {
  ChunkPlace,
  LocatedMessage,
  MessageDescription,
  RowVector,
} from "../vectors/vector-row-source.ts";
import type { Connection } from "./connection.ts";

const LOCATE = `
SELECT m.id, m.seq AS message, m.conversation_seq AS conversation, m.text_length AS length
FROM json_each(?1) wanted
CROSS JOIN messages m ON m.owner = ?2 AND m.id = wanted.value`;

export function locateMessages(
  connection: Connection,
  owner: Owner,
  messageIds: readonly string[],
): LocatedMessage[] {
  return connection.rows(LOCATE, [JSON.stringify(messageIds), owner]);
}

const DESCRIPTION = `
m.seq AS message, m.id AS messageId, c.seq AS conversation, c.id AS conversationId, m.role,
  c.folder, c.label, c.status, m.timestamp`;

const DESCRIBE = `
SELECT ${DESCRIPTION}
FROM json_each(?1) wanted
CROSS JOIN messages m ON m.seq = wanted.value AND m.owner = ?2
CROSS JOIN conversations c ON c.seq = m.conversation_seq`;

export function describeMessages(
  connection: Connection,
  owner: Owner,
  messages: readonly number[],
): MessageDescription[] {
  return connection.rows(DESCRIBE, [JSON.stringify(messages), owner]);
}

/** The plus keeps SQLite from the owner's index, by which it would read all vectors of the owner for every message. */
const OF_MESSAGES = `
FROM embedding_models em
CROSS JOIN json_each(?1) wanted
CROSS JOIN vectors v ON v.message_seq = wanted.value AND v.model_seq = em.seq
WHERE em.id = ?2 AND +v.owner = ?3`;

export const VECTORS_OF = `SELECT v.message_seq AS message, v.chunk, v.vector ${OF_MESSAGES}`;

export function vectorsOfMessages(
  connection: Connection,
  owner: Owner,
  { modelId, messages }: { modelId: string; messages: readonly number[] },
): { message: number; chunk: number; vector: Uint8Array }[] {
  return connection.rows(VECTORS_OF, [JSON.stringify(messages), modelId, owner]);
}

export const CHUNKS_OF = `
SELECT v.message_seq AS message, v.chunk, v.start_offset AS start, v.end_offset AS "end"
${OF_MESSAGES}`;

export function chunksOfMessages(
  connection: Connection,
  owner: Owner,
  { modelId, messages }: { modelId: string; messages: readonly number[] },
): ChunkPlace[] {
  return connection.rows(CHUNKS_OF, [JSON.stringify(messages), modelId, owner]);
}

const VECTORS_AFTER = `
SELECT v.seq AS sequence, v.owner, em.id AS modelId, v.chunk, v.start_offset AS start,
  v.end_offset AS "end", v.vector, ${DESCRIPTION}
FROM vectors v
CROSS JOIN embedding_models em ON em.seq = v.model_seq AND em.dimension = ?1
CROSS JOIN messages m ON m.seq = v.message_seq
CROSS JOIN conversations c ON c.seq = m.conversation_seq
WHERE v.seq > ?2 ORDER BY v.seq LIMIT ?3`;

export function vectorsAfter(
  connection: Connection,
  page: { dimension: number; after: number; limit: number },
): RowVector[] {
  return connection.rows(VECTORS_AFTER, [page.dimension, page.after, page.limit]);
}

/** By an index that holds no vector. */
const COUNTS = `
SELECT em.dimension, coalesce(sum(n.count), 0) AS vectors
FROM embedding_models em
LEFT JOIN (SELECT model_seq, count(*) AS count FROM vectors GROUP BY model_seq) n
  ON n.model_seq = em.seq
GROUP BY em.dimension ORDER BY em.dimension`;

export function vectorCounts(connection: Connection): { dimension: number; vectors: number }[] {
  return connection.rows(COUNTS);
}

const MESSAGE_COUNT = `
SELECT count(*) AS count FROM messages m WHERE m.owner = ?1 AND EXISTS
  (SELECT 1 FROM vectors v WHERE v.message_seq = m.seq AND v.model_seq = ?2)`;

export function vectorCollections(
  connection: Connection,
  owner: Owner,
): { id: string; dimension: number; vectors: number; messages: number }[] {
  const models = connection.rows<{ seq: number; id: string; dimension: number; vectors: number }>(
    `SELECT em.seq, em.id, em.dimension, count(*) AS vectors
     FROM vectors v JOIN embedding_models em ON em.seq = v.model_seq
     WHERE v.owner = ? GROUP BY em.seq ORDER BY em.seq`,
    [owner],
  );
  return models.map(({ seq, ...model }) => {
    const [row] = connection.rows<{ count: number }>(MESSAGE_COUNT, [owner, seq]);
    return { ...model, messages: row?.count ?? 0 };
  });
}

/** Notes stand among the settings of no owner. */
export function readNote(connection: Connection, key: string): string | null {
  const [row] = connection.rows<{ value: string }>(
    "SELECT value FROM settings WHERE owner = '' AND key = ?",
    [key],
  );
  return row?.value ?? null;
}

export function writeNote(
  connection: Connection,
  { key, value, once }: { key: string; value: string; once: boolean },
): string {
  connection.execute(
    `INSERT INTO settings (owner, key, value) VALUES ('', ?, ?) ON CONFLICT (owner, key)
     ${once ? "DO NOTHING" : "DO UPDATE SET value = excluded.value"}`,
    [key, value],
  );
  return readNote(connection, key) ?? value;
}
