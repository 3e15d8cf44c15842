import { expressionBuilder, type RawBuilder, sql } from "kysely";
import type { MessageFilter, Owner } from "../../../core/conversations/conversation.ts";
import type { VectorHit } from "../../../core/ports/vector-store.ts";
import { type Session, sqlBuilder } from "../../postgres/session.ts";
import { POSTGRES_ENGINE } from "../../sql/engine.ts";
import { conversationConditionsOf } from "../../sql/filters.ts";
import type { Tables } from "../../sql/tables.ts";
import { indexedExpression, type VectorSpace } from "./owner-indexes.ts";
import { toVectorBytes } from "./vector-bytes.ts";
import { vectorTable } from "./vector-tables.ts";

export interface NearestRequest extends VectorSpace {
  vector: Float32Array;
  filter: MessageFilter;
  limit: number;
}

/** Candidates that a walk through the graph keeps, at least; pgvector's own default of 40 loses some. */
const LEAST_CANDIDATES = 200;
const MOST_CANDIDATES = 1000;
/** How many vectors a filtered walk may look at before it gives up. */
const MOST_SCANNED = 100_000;
/** Chunks fetched for a message wanted: most messages have one, long ones have several that are all near. */
const CHUNKS_A_MESSAGE = 2;
const GROWTH = 4;

const conversationConditions = conversationConditionsOf(POSTGRES_ENGINE);

type Place = Pick<VectorHit, "chunk" | "start" | "end">;
type Near = Omit<VectorHit, keyof Place> & { seq: number };

/** Through every vector of the space that passes. */
export async function exactNearest(
  session: Session,
  request: NearestRequest,
): Promise<VectorHit[]> {
  await session.rows(WHOLE);
  return await untilEnough(request, async (count) => {
    // "+ 0": the order of no index, so that none is taken.
    const statement = sql<Near>`${selection(request)}
      ORDER BY (v.embedding <=> ${parameter(request)}) + 0 LIMIT ${count}`;
    return await nearest(session, statement);
  });
}

/** Through the space's HNSW index. A filtered walk goes on until enough have passed. */
export async function indexedNearest(
  session: Session,
  request: NearestRequest,
): Promise<VectorHit[]> {
  const { sql: expression, type } = indexedExpression(request.dimension);
  return await untilEnough(request, async (count) => {
    await session.rows(SETTINGS, [String(candidatesFor(count)), String(MOST_SCANNED)]);
    const statement = sql<Near>`${selection(request)}
      ORDER BY ${sql.raw(expression.replace("embedding", "v.embedding"))}
        <=> ${parameter(request)}::${sql.raw(type)} LIMIT ${count}`;
    return await nearest(session, statement);
  });
}

/** Whether at most `most` vectors of the space pass the filter. */
export async function isSelective(
  session: Session,
  request: NearestRequest,
  most: number,
): Promise<boolean> {
  const conditions = passing(request);
  if (conditions.length === 0) return false;
  await session.rows(WHOLE);
  const statement = sql`SELECT 1 FROM ${tableOf(request)} v WHERE ${inSpace(request)}
    AND ${sql.join(conditions, sql` AND `)} OFFSET ${most} LIMIT 1`;
  return (await session.all(statement.compile(sqlBuilder))).length === 0;
}

// The walk's own order must be used: sorting would mean to look at every vector. Whoever plans by statistics of a
// table that has just grown would often sort.
const SETTINGS = `
SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
  set_config('hnsw.max_scan_tuples', $2, true), set_config('enable_sort', 'off', true),
  set_config('enable_nestloop', 'on', true),
  set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`;

// Reading everything once is bearable whatever the statistics say; a filter tried row by row against rows is not.
const WHOLE = "SELECT set_config('enable_nestloop', 'off', true)";

function candidatesFor(count: number): number {
  return Math.min(MOST_CANDIDATES, Math.max(LEAST_CANDIDATES, count));
}

/** Each message once, with its best chunk; asks for more while chunks of the same messages take the places. */
async function untilEnough(
  { limit }: NearestRequest,
  fetch: (count: number) => Promise<VectorHit[]>,
): Promise<VectorHit[]> {
  for (let count = limit * CHUNKS_A_MESSAGE; ; count *= GROWTH) {
    const rows = await fetch(count);
    const best = bestChunks(rows);
    if (best.length >= limit || rows.length < count) return best.slice(0, limit);
  }
}

function bestChunks(rows: VectorHit[]): VectorHit[] {
  const best = new Map<number, VectorHit>();
  for (const row of rows) {
    const known = best.get(row.message);
    if (known === undefined || row.similarity > known.similarity) best.set(row.message, row);
  }
  return [...best.values()].sort(
    (left, right) => right.similarity - left.similarity || left.message - right.message,
  );
}

/** The nearest first; what stands in `vectors` is read for them alone. */
async function nearest(session: Session, statement: RawBuilder<Near>): Promise<VectorHit[]> {
  const near = await session.all(statement.compile(sqlBuilder));
  const rows = await session.rows<Place & { seq: number }>(
    `SELECT seq, chunk, start_offset AS start, end_offset AS "end" FROM vectors
     WHERE seq = ANY($1::bigint[])`,
    [near.map(({ seq }) => seq)],
  );
  const places = new Map(rows.map(({ seq, ...place }) => [seq, place]));
  return near.flatMap(({ seq, ...hit }) => {
    const place = places.get(seq);
    // Embedded again between the two statements.
    return place === undefined ? [] : [{ ...hit, ...place }];
  });
}

function selection(request: NearestRequest): RawBuilder<unknown> {
  return sql`SELECT v.vector_seq AS seq, v.message_seq AS message, v.conversation_seq AS conversation,
      1 - (v.embedding <=> ${parameter(request)}) AS similarity
    FROM ${tableOf(request)} v
    WHERE ${sql.join([inSpace(request), ...passing(request)], sql` AND `)}`;
}

function tableOf({ dimension }: VectorSpace): RawBuilder<unknown> {
  return sql.table(vectorTable(dimension));
}

function parameter({ vector }: { vector: Float32Array }): RawBuilder<unknown> {
  return sql`${toVectorBytes(vector)}::vector`;
}

function inSpace({ owner, modelSeq }: VectorSpace): RawBuilder<unknown> {
  return sql`v.owner = ${owner} AND v.model_seq = ${modelSeq}`;
}

/** What the filter asks of the rows; empty when everything passes. */
function passing({ owner, filter }: NearestRequest): RawBuilder<unknown>[] {
  const { roles, since, until, ...conversations } = filter;
  const ofMessage = messageConditions({ roles, since, until });
  return [
    ...(isNarrowing(conversations) ? [ofConversations(owner, conversations)] : []),
    ...(ofMessage.length === 0
      ? []
      : [
          sql`EXISTS (SELECT 1 FROM messages m WHERE m.seq = v.message_seq
            AND ${sql.join(ofMessage, sql` AND `)})`,
        ]),
  ];
}

function isNarrowing(filter: MessageFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

function ofConversations(owner: Owner, filter: MessageFilter): RawBuilder<unknown> {
  const condition = conversationConditions(
    expressionBuilder<Tables, "conversations">(),
    owner,
    filter,
  );
  return sql`EXISTS (SELECT 1 FROM conversations
    WHERE conversations.seq = v.conversation_seq AND ${condition})`;
}

function messageConditions(filter: {
  roles: string[] | undefined;
  since: number | undefined;
  until: number | undefined;
}): RawBuilder<unknown>[] {
  const { roles, since, until } = filter;
  return [
    ...(roles === undefined ? [] : [sql`m.role = ANY(${roles}::text[])`]),
    ...(since === undefined ? [] : [sql`m.timestamp >= ${since}`]),
    ...(until === undefined ? [] : [sql`m.timestamp <= ${until}`]),
  ];
}
