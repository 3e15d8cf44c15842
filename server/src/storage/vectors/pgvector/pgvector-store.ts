import type { Owner } from "../../../core/conversations/conversation.ts";
import { SekhaError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { EmbeddingModelIdentity } from "../../../core/ports/embedding-model.ts";
import type { ConversationSequence, MessageSequence } from "../../../core/ports/message-index.ts";
import {
  type CollectionInfo,
  collectionName,
  type VectorHit,
  type VectorQuery,
  type VectorStore,
} from "../../../core/ports/vector-store.ts";
import type { PostgresDatabase } from "../../postgres/database.ts";
import type { VectorTables } from "../../postgres/vector-rows.ts";
import { checkQueryLimit, checkQueryVector } from "../query-vector.ts";
import { adoptVectors } from "./adopt-vectors.ts";
import { ensureExtension } from "./extension.ts";
import { OwnerIndexes, type VectorSpace } from "./owner-indexes.ts";
import { MOST_COMPONENTS, toVectorBytes } from "./vector-bytes.ts";
import { exactNearest, indexedNearest, isSelective } from "./vector-search.ts";
import { PgvectorTables, vectorTable } from "./vector-tables.ts";

export interface PgvectorOptions {
  /** Where the rows are. */
  database: PostgresDatabase;
  log: Log;
  /**
   * Up to how many vectors of one owner and model, or that pass a filter, a search looks at each: exact, and in
   * milliseconds. More get an index. 10,000 when absent.
   */
  mostExact?: number;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

const MOST_EXACT = 10_000;

/**
 * Recall by meaning in the rows' own database.
 * @throws SekhaError `unavailable` that says what to install when the server has no pgvector.
 */
export async function openPgvectorStore(options: PgvectorOptions): Promise<PgvectorStore> {
  const tables = new PgvectorTables(options.database, await ensureExtension(options.database));
  return new PgvectorStore(options, tables);
}

export class PgvectorStore implements VectorStore {
  /** What the embedding queue writes with: its rows are this store's vectors. */
  readonly tables: VectorTables;
  readonly #tables: PgvectorTables;
  readonly #database: PostgresDatabase;
  readonly #indexes: OwnerIndexes;
  readonly #mostExact: number;
  readonly #models = new Map<string, { seq: number; dimension: number }>();
  readonly #stopping = new AbortController();

  constructor(options: PgvectorOptions, tables: PgvectorTables) {
    const { database, log, clock, mostExact = MOST_EXACT } = options;
    this.tables = tables;
    this.#tables = tables;
    this.#database = database;
    this.#indexes = new OwnerIndexes({ database, log, clock, indexFrom: mostExact + 1 });
    this.#mostExact = mostExact;
  }

  /** Nothing to do: the queue writes the rows that are searched. */
  async add(): Promise<void> {
    // What is committed is found; what is not must not be.
  }

  /** Nothing to do but to forget: the vectors go with their messages' rows. */
  async remove(owner: Owner, conversations: ConversationSequence[]): Promise<void> {
    this.#open();
    if (conversations.length === 0) return;
    await this.#database.forOwner(owner, async (session) => {
      await session.execute(
        `DELETE FROM vectors WHERE owner = $1 AND message_seq IN (
           SELECT seq FROM messages WHERE conversation_seq = ANY($2::bigint[]))`,
        [owner, conversations],
      );
    });
  }

  async search(owner: Owner, query: VectorQuery): Promise<VectorHit[]> {
    this.#open();
    checkQueryVector(query);
    checkQueryLimit(query.limit);
    const space = await this.#space(owner, query.model);
    if (query.limit === 0 || space === null) return [];
    const { vector, filter, limit } = query;
    const request = { ...space, vector, filter, limit };
    const isIndexed = await this.#indexes.isReady(space);
    return await this.#database.forOwner(owner, async (session) => {
      await this.#tables.reach(session);
      const byIndex = isIndexed && !(await isSelective(session, request, this.#mostExact));
      return byIndex
        ? await indexedNearest(session, request)
        : await exactNearest(session, request);
    });
  }

  async similarities(
    owner: Owner,
    query: Omit<VectorQuery, "filter" | "limit">,
    messages: MessageSequence[],
  ): Promise<Map<MessageSequence, number>> {
    this.#open();
    checkQueryVector(query);
    const space = await this.#space(owner, query.model);
    if (space === null || messages.length === 0) return new Map();
    const rows = await this.#database.forOwner(owner, async (session) => {
      await this.#tables.reach(session);
      return await session.rows<{ message: number; similarity: number }>(
        `SELECT message_seq AS message, 1 - min(embedding <=> $1::vector) AS similarity
         FROM ${vectorTable(space.dimension)}
         WHERE owner = $2 AND model_seq = $3 AND message_seq = ANY($4::bigint[]) GROUP BY message_seq`,
        [toVectorBytes(query.vector), owner, space.modelSeq, messages],
      );
    });
    return new Map(rows.map(({ message, similarity }) => [message, similarity]));
  }

  async collections(owner: Owner): Promise<CollectionInfo[]> {
    this.#open();
    const rows = await this.#database.forOwner(
      owner,
      async (session) =>
        await session.rows<Omit<CollectionInfo, "name">>(
          `SELECT m.id AS "modelId", m.dimension, count(*) AS vectors,
             count(DISTINCT v.message_seq) AS messages
           FROM vectors v JOIN embedding_models m ON m.seq = v.model_seq
           WHERE v.owner = $1 GROUP BY m.id, m.dimension ORDER BY m.dimension, m.id`,
          [owner],
        ),
    );
    return rows.map((row) => ({ name: collectionName(row.dimension), ...row }));
  }

  async check(): Promise<void> {
    this.#open();
    await ensureExtension(this.#database);
  }

  /** Moves what the rows hold themselves, from a time without pgvector, into its tables; in the background. */
  async adopt(): Promise<number> {
    return await adoptVectors(this.#database, this.tables, this.#stopping.signal);
  }

  /** Resolves when every index that is due has been built. */
  async settled(): Promise<void> {
    await this.#indexes.settled();
  }

  /** The rows' database stays open. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#indexes.close();
  }

  #open(): void {
    if (!this.#stopping.signal.aborted) return;
    throw new SekhaError("unavailable", "The vector store is closed: Sekha is stopping.");
  }

  /** Null when the model has embedded nothing yet. */
  async #space(owner: Owner, model: EmbeddingModelIdentity): Promise<VectorSpace | null> {
    const found = this.#models.get(model.id) ?? (await this.#model(model.id));
    if (found === null) return null;
    if (found.dimension !== model.dimension) {
      throw new SekhaError(
        "invalid_request",
        `the stored vectors of ${model.id} have ${found.dimension} components, the query's model says ${model.dimension}`,
      );
    }
    if (found.dimension > MOST_COMPONENTS) {
      throw new SekhaError(
        "unavailable",
        `pgvector takes vectors of up to ${MOST_COMPONENTS} components, ${model.id} has ${found.dimension}: let Chroma keep the vectors with chroma_url.`,
      );
    }
    await this.tables.prepare(model);
    this.#models.set(model.id, found);
    return { owner, modelSeq: found.seq, dimension: found.dimension };
  }

  async #model(id: string): Promise<{ seq: number; dimension: number } | null> {
    return await this.#database.asService(async (session) => {
      const [row] = await session.rows<{ seq: number; dimension: number }>(
        "SELECT seq, dimension FROM embedding_models WHERE id = $1",
        [id],
      );
      return row ?? null;
    });
  }
}
