import type { Client } from "pg";
import type { Owner } from "../../../core/conversations/conversation.ts";
import { errorMessage } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { type PostgresDatabase, quote, quoteName } from "../../postgres/database.ts";
import { ownerHash } from "../../postgres/owner-hash.ts";
import { connectBeside } from "../../postgres/session-connection.ts";
import { vectorTable } from "./vector-tables.ts";

/** One owner's vectors of one model: what an index covers. */
export interface VectorSpace {
  owner: Owner;
  modelSeq: number;
  dimension: number;
}

export interface OwnerIndexesOptions {
  database: PostgresDatabase;
  log: Log;
  /** From how many vectors on a space gets an index; below, a scan of all of them is exact and fast enough. */
  indexFrom: number;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/** Above it pgvector has no index for any type, and every search looks at each vector. */
export const MOST_INDEXED = 4000;
/** pgvector's index of the type `vector` goes to here; halfvec, half as exact and half as large, above. */
const MOST_AS_VECTOR = 2000;
const LINKS = 16;
const CONSTRUCTION_CANDIDATES = 128;
/** A graph that fits into it is built ten times as fast as one that does not. */
const BUILD_MEMORY = "512MB";
/** How long a space is believed to be too small. */
const RECHECK_MS = 15_000;
/** How long an index is believed to be there: it is dropped when its owner is erased. */
const READY_MS = 600_000;
const BUILD_TIMEOUT_MS = 6 * 3_600_000;

/** What is indexed, as an expression over the table's column; searches order by the same. */
export function indexedExpression(dimension: number): { sql: string; type: string } {
  return dimension <= MOST_AS_VECTOR
    ? { sql: "embedding", type: "vector" }
    : { sql: `(embedding::halfvec(${dimension}))`, type: `halfvec(${dimension})` };
}

/**
 * An HNSW index for each owner and model with many vectors, built beside the work. One index over all owners would
 * walk through everybody's vectors to find one person's few, and lose them among the others.
 */
export class OwnerIndexes {
  readonly #options: OwnerIndexesOptions;
  /** When a space was seen to have its index. */
  readonly #ready = new Map<string, number>();
  /** When a space that had no index was looked at, by its index's name. */
  readonly #looked = new Map<string, number>();
  readonly #building = new Map<string, Promise<void>>();
  /** One index after the other: each takes a core and the memory for a whole graph. */
  #lastBuild: Promise<void> = Promise.resolve();
  #connection: Client | null = null;
  #isClosed = false;

  constructor(options: OwnerIndexesOptions) {
    this.#options = options;
  }

  /** Whether the space has its index; one that is large enough gets it in the background. */
  async isReady(space: VectorSpace): Promise<boolean> {
    if (space.dimension > MOST_INDEXED) return false;
    const name = indexName(space);
    const { clock } = this.#options;
    if (clock() - (this.#ready.get(name) ?? Number.NEGATIVE_INFINITY) < READY_MS) return true;
    this.#ready.delete(name);
    if (clock() - (this.#looked.get(name) ?? Number.NEGATIVE_INFINITY) < RECHECK_MS) return false;
    this.#looked.set(name, clock());
    const found = await this.#look(space);
    if (found.isValid) this.#ready.set(name, clock());
    else if (found.isLarge) this.#build(space);
    return found.isValid;
  }

  /** Resolves when no index is being built. */
  async settled(): Promise<void> {
    await Promise.all(this.#building.values());
  }

  /** Gives up what is being built; the next start begins it anew. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.end();
    await this.settled();
  }

  async #look(space: VectorSpace): Promise<{ isValid: boolean; isLarge: boolean }> {
    const { database, indexFrom } = this.#options;
    return await database.forOwner(space.owner, async (session) => {
      const [index] = await session.rows<{ valid: boolean }>(
        "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)",
        [indexName(space)],
      );
      if (index?.valid === true) return { isValid: true, isLarge: true };
      const rows = await session.rows(
        `SELECT 1 FROM ${vectorTable(space.dimension)} WHERE owner = $1 AND model_seq = $2 OFFSET $3 LIMIT 1`,
        [space.owner, space.modelSeq, Math.max(0, indexFrom - 1)],
      );
      return { isValid: false, isLarge: rows.length > 0 };
    });
  }

  #build(space: VectorSpace): void {
    const name = indexName(space);
    if (this.#building.has(name) || this.#isClosed) return;
    const building = this.#lastBuild
      .then(() => this.#buildNow(space))
      .catch((error: unknown) => {
        if (this.#isClosed) return;
        // Searches stay exact and right without it, only slower.
        this.#options.log.warn(`The vector index ${name} was not built: ${errorMessage(error)}`);
      })
      .finally(() => {
        this.#building.delete(name);
        this.#looked.delete(name);
      });
    this.#building.set(name, building);
    this.#lastBuild = building;
  }

  async #buildNow(space: VectorSpace): Promise<void> {
    if (this.#isClosed) return;
    const { pool } = this.#options.database;
    // Hours in a place of the pool would keep everybody's requests waiting.
    const client = await connectBeside(pool, "index", BUILD_TIMEOUT_MS);
    this.#connection = client;
    try {
      await this.#createIndex(client, space);
    } finally {
      this.#connection = null;
      await client.end();
    }
  }

  async #createIndex(client: Client, space: VectorSpace): Promise<void> {
    const { database, log } = this.#options;
    const name = indexName(space);
    const { rows } = await client.query(
      "SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS mine",
      [database.schema, name],
    );
    // Another controller builds it.
    if (rows[0]?.mine !== true) return;
    await client.query(
      `SELECT set_config('search_path', ${quote(`${quoteName(database.schema)}, public`)} || coalesce((
         SELECT ', ' || quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE extname = 'vector'), ''), false),
       set_config('statement_timeout', '0', false),
       set_config('maintenance_work_mem', ${quote(BUILD_MEMORY)}, false)`,
    );
    // What a build that was broken off left behind.
    await client.query(`DROP INDEX IF EXISTS ${quoteName(name)}`);
    log.info(`Building the vector index ${name}`);
    await client.query(definition(name, space));
    await client.query(`ANALYZE ${vectorTable(space.dimension)}`);
    log.info(`Built the vector index ${name}`);
  }
}

function definition(name: string, { owner, modelSeq, dimension }: VectorSpace): string {
  const { sql, type } = indexedExpression(dimension);
  const operators = type === "vector" ? "vector_cosine_ops" : "halfvec_cosine_ops";
  return `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${quoteName(name)} ON ${vectorTable(dimension)}
    USING hnsw (${sql} ${operators}) WITH (m = ${LINKS}, ef_construction = ${CONSTRUCTION_CANDIDATES})
    WHERE owner = ${quote(owner)} AND model_seq = ${modelSeq}`;
}

/** The same in every controller; users.ts drops it with its owner. */
export function indexName({ owner, modelSeq, dimension }: VectorSpace): string {
  return `vectors_${dimension}_near_${modelSeq}_${ownerHash(owner)}`;
}
