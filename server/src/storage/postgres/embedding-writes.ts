import type { Owner } from "../../core/conversations/conversation.ts";
import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type {
  EmbeddingFailure,
  EmbeddingQueueStatus,
  EmbeddingTask,
} from "../../core/ports/embedding-queue.ts";
import type { VectorEntry } from "../../core/ports/vector-store.ts";
import { modelNumber } from "./embedding-models.ts";
import { isDead } from "./live-process.ts";
import type { Session } from "./session.ts";
import { insertVectors, type VectorTables } from "./vector-rows.ts";

export interface EmbeddedMessage {
  owner: Owner;
  message: number;
  vectors: VectorEntry[];
}

/** Rows that another claimant has its hands on are passed over, so none waits for another. */
const CLAIM = `
WITH lapsed AS (
  SELECT message_seq FROM embedding_queue WHERE state = 'claimed' AND due_at <= $1
  ORDER BY due_at, message_seq LIMIT $2 FOR UPDATE SKIP LOCKED
), fresh AS (
  SELECT message_seq FROM embedding_queue WHERE state = 'pending' AND due_at <= $1
  ORDER BY due_at, message_seq LIMIT $2 - (SELECT count(*) FROM lapsed) FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE embedding_queue q SET state = 'claimed', due_at = $3, holder = $4
  WHERE message_seq IN (SELECT message_seq FROM lapsed UNION ALL SELECT message_seq FROM fresh)
  RETURNING q.message_seq, q.attempts
)
SELECT m.owner, m.seq AS message, m.id AS "messageId", m.conversation_seq AS conversation,
  m.content AS text, claimed.attempts
FROM claimed JOIN messages m ON m.seq = claimed.message_seq ORDER BY m.seq`;

/** A claim whose lease ended counts as pending again. */
export async function claimTasks(
  session: Session,
  { limit, now, leaseMs, holder }: { limit: number; now: number; leaseMs: number; holder: string },
): Promise<EmbeddingTask[]> {
  return await session.rows<EmbeddingTask>(CLAIM, [now, limit, now + leaseMs, holder]);
}

const MARK_DONE = `
UPDATE messages m SET embedding_state = given.state
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (owner, message, state)
WHERE m.seq = given.message AND m.owner = given.owner RETURNING m.seq AS message`;

export async function completeTasks(
  session: Session,
  model: EmbeddingModelIdentity,
  { results, tables }: { results: readonly EmbeddedMessage[]; tables: VectorTables | null },
): Promise<void> {
  const modelSeq = await modelNumber(session, model);
  const marked = await session.rows<{ message: number }>(MARK_DONE, [
    results.map(({ owner }) => owner),
    results.map(({ message }) => message),
    results.map(({ vectors }) => (vectors.length === 0 ? "none" : "embedded")),
  ]);
  const messages = [...new Set(marked.map((row) => row.message))];
  await Promise.all([
    session.execute("DELETE FROM embedding_queue WHERE message_seq = ANY($1::bigint[])", [
      messages,
    ]),
    session.execute(
      "DELETE FROM vectors WHERE message_seq = ANY($1::bigint[]) AND model_seq = $2",
      [messages, modelSeq],
    ),
  ]);
  const stored = new Set(messages);
  const vectors = results.flatMap(({ owner, message, vectors: entries }) =>
    stored.has(message) ? entries.map((entry) => ({ owner, modelSeq, entry })) : [],
  );
  await insertVectors(session, vectors, tables);
}

const FAIL = `
UPDATE embedding_queue q SET state = given.state, attempts = attempts + given.counted,
  due_at = given.due_at, reason = given.reason
FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[], $5::text[])
  AS given (message, state, counted, due_at, reason)
WHERE q.message_seq = given.message`;

export async function failTasks(
  session: Session,
  failures: readonly EmbeddingFailure[],
): Promise<void> {
  const parked = failures.filter(({ retryAt }) => retryAt === null);
  await session.execute(FAIL, [
    failures.map(({ message }) => message),
    failures.map(({ retryAt }) => (retryAt === null ? "parked" : "pending")),
    failures.map(({ outage }) => (outage === true ? 0 : 1)),
    failures.map(({ retryAt }) => retryAt ?? 0),
    failures.map(({ reason }) => reason),
  ]);
  await session.execute(
    `UPDATE messages SET embedding_state = 'failed'
     WHERE seq = ANY($1::bigint[]) AND embedding_state = 'pending'`,
    [parked.map(({ message }) => message)],
  );
}

/** Claims of this process and of dead ones; others are at work on theirs. */
export async function releaseClaims(session: Session, holder: string): Promise<number> {
  return await session.execute(
    `UPDATE embedding_queue SET state = 'pending', due_at = queued_at
     WHERE state = 'claimed' AND (holder = $1 OR ${isDead("holder")})`,
    [holder],
  );
}

export async function retryParked(session: Session, owner: Owner, now: number): Promise<number> {
  await session.execute(
    `UPDATE messages SET embedding_state = 'pending' WHERE embedding_state = 'failed'
     AND seq IN (SELECT message_seq FROM embedding_queue WHERE owner = $1 AND state = 'parked')`,
    [owner],
  );
  return await session.execute(
    `UPDATE embedding_queue SET state = 'pending', attempts = 0, due_at = $2
     WHERE owner = $1 AND state = 'parked'`,
    [owner, now],
  );
}

const REQUEUE_SCAN = `
SELECT m.seq, m.embedding_state AS state, EXISTS (
  SELECT 1 FROM vectors v WHERE v.message_seq = m.seq AND v.model_seq = $3
) AS embedded
FROM messages m WHERE m.owner = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $4`;

const REQUEUE = `
INSERT INTO embedding_queue (message_seq, owner, state, attempts, due_at, queued_at)
SELECT message, $1::text, 'pending', 0, $3::bigint, $3::bigint FROM unnest($2::bigint[]) AS message
ON CONFLICT (message_seq) DO UPDATE SET state = 'pending', attempts = 0, reason = NULL
WHERE embedding_queue.state = 'parked'`;

export async function enqueueFrom(
  session: Session,
  owner: Owner,
  options: {
    model: EmbeddingModelIdentity;
    cursor: number;
    limit: number;
    force: boolean;
    now: number;
  },
): Promise<{ cursor: number | null; queued: number; scanned: number }> {
  const modelSeq = await modelNumber(session, options.model);
  const rows = await session.rows<{ seq: number; state: string; embedded: boolean }>(REQUEUE_SCAN, [
    owner,
    options.cursor,
    modelSeq,
    options.limit,
  ]);
  const wanted = rows.filter(
    ({ state, embedded }) => state !== "none" && (options.force || !embedded),
  );
  const messages = wanted.map(({ seq }) => seq);
  const queued = await session.execute(REQUEUE, [owner, messages, options.now]);
  await session.execute(
    `UPDATE messages SET embedding_state = 'pending'
     WHERE seq = ANY($1::bigint[]) AND embedding_state = 'failed'`,
    [messages],
  );
  const last = rows.at(-1);
  const more = last !== undefined && rows.length === options.limit;
  return { cursor: more ? last.seq : null, queued, scanned: rows.length };
}

const WAITING = `
SELECT state, count(*) AS count, min(queued_at) AS oldest FROM embedding_queue
WHERE $1::text IS NULL OR owner = $1 GROUP BY state`;
const STORED = `
SELECT coalesce(sum(message_count), 0) AS count FROM conversations
WHERE $1::text IS NULL OR owner = $1`;
const EMPTY = `
SELECT count(*) AS count FROM messages
WHERE embedding_state = 'none' AND ($1::text IS NULL OR owner = $1)`;
const PARKED = `
SELECT m.id AS "messageId", coalesce(q.reason, '') AS reason, q.attempts
FROM embedding_queue q JOIN messages m ON m.seq = q.message_seq
WHERE q.state = 'parked' AND ($1::text IS NULL OR q.owner = $1)
ORDER BY q.message_seq DESC LIMIT 20`;

/** Of one owner, or of everyone when `owner` is null. */
export async function queueStatus(
  session: Session,
  owner: Owner | null,
  now: number,
): Promise<EmbeddingQueueStatus> {
  const [waiting, [stored], [empty], failures] = await Promise.all([
    session.rows<{ state: string; count: number; oldest: number }>(WAITING, [owner]),
    session.rows<{ count: number }>(STORED, [owner]),
    session.rows<{ count: number }>(EMPTY, [owner]),
    session.rows<EmbeddingQueueStatus["failures"][number]>(PARKED, [owner]),
  ]);
  const byState = new Map(waiting.map((row) => [row.state, row]));
  const queued = waiting.reduce((sum, row) => sum + row.count, 0);
  const oldest = byState.get("pending")?.oldest;
  return {
    pending: byState.get("pending")?.count ?? 0,
    processing: byState.get("claimed")?.count ?? 0,
    parked: byState.get("parked")?.count ?? 0,
    embedded: Math.max(0, (stored?.count ?? 0) - (empty?.count ?? 0) - queued),
    oldestPendingMs: oldest === undefined ? null : Math.max(0, now - oldest),
    failures,
  };
}
