import type { Owner } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type {
  EmbeddingFailure,
  EmbeddingQueueStatus,
  EmbeddingTask,
} from "../../core/ports/embedding-queue.ts";
import type { VectorEntry } from "../../core/ports/vector-store.ts";
import type { Connection } from "./connection.ts";

export interface EmbeddedMessage {
  owner: Owner;
  message: number;
  vectors: VectorEntry[];
}

/** The number of a model's vector space, made on first use. */
export function modelNumber(connection: Connection, model: EmbeddingModelIdentity): number {
  const [known] = connection.rows<{ seq: number }>(
    "SELECT seq FROM embedding_models WHERE id = ?",
    [model.id],
  );
  if (known !== undefined) return known.seq;
  return connection.execute("INSERT INTO embedding_models (id, name, dimension) VALUES (?, ?, ?)", [
    model.id,
    model.name,
    model.dimension,
  ]).lastInsertRowid;
}

const DUE = `
SELECT message_seq AS message FROM embedding_queue
WHERE state = ? AND due_at <= ? ORDER BY due_at, message_seq LIMIT ?`;

const TASKS = `
SELECT m.owner, m.seq AS message, m.id AS messageId, m.conversation_seq AS conversation,
  m.content AS text, q.attempts
FROM embedding_queue q JOIN messages m ON m.seq = q.message_seq
WHERE q.message_seq IN (SELECT value FROM json_each(?)) ORDER BY m.seq`;

/** A claim whose lease ended counts as pending again. */
export function claimTasks(
  connection: Connection,
  { limit, now, leaseMs }: { limit: number; now: number; leaseMs: number },
): EmbeddingTask[] {
  const due = ["claimed", "pending"]
    .flatMap((state) => connection.rows<{ message: number }>(DUE, [state, now, limit]))
    .slice(0, limit)
    .map((row) => row.message);
  if (due.length === 0) return [];
  const list = JSON.stringify(due);
  connection.execute(
    "UPDATE embedding_queue SET state = 'claimed', due_at = ? WHERE message_seq IN (SELECT value FROM json_each(?))",
    [now + leaseMs, list],
  );
  return connection.rows<EmbeddingTask>(TASKS, [list]);
}

const INSERT_VECTOR = `
INSERT INTO vectors (owner, model_seq, message_seq, conversation_seq, chunk, start_offset, end_offset, vector)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

export function completeTasks(
  connection: Connection,
  model: EmbeddingModelIdentity,
  results: readonly EmbeddedMessage[],
): void {
  const modelSeq = modelNumber(connection, model);
  for (const { owner, message, vectors } of results) {
    const { changes } = connection.execute(
      "UPDATE messages SET embedding_state = ? WHERE seq = ? AND owner = ?",
      [vectors.length === 0 ? "none" : "embedded", message, owner],
    );
    if (changes === 0) continue;
    connection.execute("DELETE FROM embedding_queue WHERE message_seq = ?", [message]);
    connection.execute("DELETE FROM vectors WHERE message_seq = ? AND model_seq = ?", [
      message,
      modelSeq,
    ]);
    for (const entry of vectors) {
      const { vector } = entry;
      connection.execute(INSERT_VECTOR, [
        owner,
        modelSeq,
        message,
        entry.conversation,
        entry.chunk,
        entry.start,
        entry.end,
        new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
      ]);
    }
  }
}

export function failTasks(connection: Connection, failures: readonly EmbeddingFailure[]): void {
  for (const failure of failures) {
    connection.execute(
      "UPDATE embedding_queue SET state = ?, attempts = attempts + ?, due_at = ?, reason = ? WHERE message_seq = ?",
      [
        failure.retryAt === null ? "parked" : "pending",
        failure.outage === true ? 0 : 1,
        failure.retryAt ?? 0,
        failure.reason,
        failure.message,
      ],
    );
    if (failure.retryAt !== null) continue;
    connection.execute(
      "UPDATE messages SET embedding_state = 'failed' WHERE seq = ? AND embedding_state = 'pending'",
      [failure.message],
    );
  }
}

export function releaseClaims(connection: Connection): number {
  return connection.execute(
    "UPDATE embedding_queue SET state = 'pending', due_at = queued_at WHERE state = 'claimed'",
  ).changes;
}

export function retryParked(connection: Connection, owner: Owner, now: number): number {
  connection.execute(
    `UPDATE messages SET embedding_state = 'pending' WHERE embedding_state = 'failed'
     AND seq IN (SELECT message_seq FROM embedding_queue WHERE owner = ? AND state = 'parked')`,
    [owner],
  );
  return connection.execute(
    "UPDATE embedding_queue SET state = 'pending', attempts = 0, due_at = ? WHERE owner = ? AND state = 'parked'",
    [now, owner],
  ).changes;
}

const PENDING_AGAIN = "UPDATE messages SET embedding_state = 'pending' WHERE seq = ?";
// "+": by sequence, where an index of owners would have to be sorted for every page.
const REQUEUE_SCAN = `
SELECT m.seq, m.embedding_state AS state, EXISTS (
  SELECT 1 FROM vectors v WHERE v.message_seq = m.seq AND v.model_seq = ?3
) AS embedded
FROM messages m WHERE +m.owner = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?4`;

export function enqueueFrom(
  connection: Connection,
  owner: Owner,
  options: {
    model: EmbeddingModelIdentity;
    cursor: number;
    limit: number;
    force: boolean;
    now: number;
  },
): { cursor: number | null; queued: number; scanned: number } {
  const modelSeq = modelNumber(connection, options.model);
  const rows = connection.rows<{ seq: number; state: string; embedded: number }>(REQUEUE_SCAN, [
    owner,
    options.cursor,
    modelSeq,
    options.limit,
  ]);
  let queued = 0;
  for (const row of rows) {
    if (row.state === "none" || (row.embedded === 1 && !options.force)) continue;
    queued += connection.execute(
      `INSERT INTO embedding_queue (message_seq, owner, state, attempts, due_at, queued_at)
       VALUES (?, ?, 'pending', 0, ?, ?)
       ON CONFLICT (message_seq) DO UPDATE SET state = 'pending', attempts = 0, reason = NULL
       WHERE state = 'parked'`,
      [row.seq, owner, options.now, options.now],
    ).changes;
    if (row.state === "failed") connection.execute(PENDING_AGAIN, [row.seq]);
  }
  const last = rows.at(-1);
  const more = last !== undefined && rows.length === options.limit;
  return { cursor: more ? last.seq : null, queued, scanned: rows.length };
}

/** Of one owner, or of everyone when `owner` is null. */
export function queueStatus(
  connection: Connection,
  owner: Owner | null,
  now: number,
): EmbeddingQueueStatus {
  const counts = connection.rows<{ state: string; count: number; oldest: number }>(
    `SELECT state, count(*) AS count, min(queued_at) AS oldest FROM embedding_queue
     WHERE ?1 IS NULL OR owner = ?1 GROUP BY state`,
    [owner],
  );
  const byState = new Map(counts.map((row) => [row.state, row]));
  const [stored] = connection.rows<{ count: number }>(
    "SELECT coalesce(sum(message_count), 0) AS count FROM conversations WHERE ?1 IS NULL OR owner = ?1",
    [owner],
  );
  const [empty] = connection.rows<{ count: number }>(
    "SELECT count(*) AS count FROM messages WHERE embedding_state = 'none' AND (?1 IS NULL OR owner = ?1)",
    [owner],
  );
  const waiting = counts.reduce((sum, row) => sum + row.count, 0);
  const oldest = byState.get("pending")?.oldest;
  return {
    pending: byState.get("pending")?.count ?? 0,
    processing: byState.get("claimed")?.count ?? 0,
    parked: byState.get("parked")?.count ?? 0,
    embedded: Math.max(0, (stored?.count ?? 0) - (empty?.count ?? 0) - waiting),
    oldestPendingMs: oldest === undefined ? null : Math.max(0, now - oldest),
    failures: connection.rows(
      `SELECT m.id AS messageId, coalesce(q.reason, '') AS reason, q.attempts
       FROM embedding_queue q JOIN messages m ON m.seq = q.message_seq
       WHERE q.state = 'parked' AND (?1 IS NULL OR q.owner = ?1) ORDER BY q.message_seq DESC LIMIT 20`,
      [owner],
    ),
  };
}
