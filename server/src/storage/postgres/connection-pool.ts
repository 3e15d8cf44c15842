import pg from "pg";
import { fromStored, fromStoredJson } from "./stored-text.ts";

export interface PoolOptions {
  /** `postgresql://user:password@host:port/database?sslmode=verify-full` */
  url: string;
  maxConnections: number;
  /** How long a connection may take to be made or to become free. */
  connectTimeoutMs: number;
  /** How long one statement may take before the connection is given up. */
  statementTimeoutMs: number;
  applicationName: string;
}

const KEEP_ALIVE_DELAY_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
/** The server ends a statement first; this is for a server that does not answer any more. */
const GRACE_MS = 5_000;

const INT8 = 20;
const TEXT = 25;
const VARCHAR = 1043;
const JSON_TEXT = 114;
const NUMERIC = 1700;

/** Connections are made when they are needed. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: options.statementTimeoutMs + GRACE_MS,
    application_name: options.applicationName,
    // Statements are sent without waiting for the answer to the one before: BEGIN costs no round trip.
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: { getTypeParser },
  });
  // A connection that is given up may still hear from its server, when nobody waits for it any more.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/** As the rest of the store expects values: text as it was given, 64-bit numbers as numbers. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: unknown) => {
  if (format !== "binary") {
    if (oid === TEXT || oid === VARCHAR) return fromStored;
    if (oid === JSON_TEXT) return fromStoredJson;
    if (oid === INT8 || oid === NUMERIC) return toNumber;
  }
  return pg.types.getTypeParser(oid, format as "text");
};

/** @throws RangeError for what a number cannot hold exactly; such columns are asked for as text. */
function toNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new RangeError(`${text} from the database is too large for a number`);
  }
  return number;
}
