import type { Log } from "../../core/log.ts";
import { setUpAccess } from "./access.ts";
import { createPool } from "./connection-pool.ts";
import { PostgresDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";
import { withReason } from "./postgres-error.ts";
import { ROW_SECURITY_BYPASSED } from "./row-security.ts";

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database?sslmode=verify-full` */
  url: string;
  maxConnections: number;
  log: Log;
  applicationName?: string;
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
  /** How long a transaction that left nothing is repeated while the server is away. */
  retryForMs?: number;
}

/** Where the tables are. */
const SCHEMA = "sekha";
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const RETRY_FOR_MS = 5_000;

/**
 * Connects, brings the schema up to date and sets up who may see which rows.
 * @throws SekhaError that says what to do when the server cannot be reached or refuses.
 */
export async function openDatabase(options: PostgresOptions): Promise<PostgresDatabase> {
  const { url, maxConnections, log } = options;
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = createPool({
    url,
    maxConnections,
    statementTimeoutMs,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    applicationName: options.applicationName ?? "sekha",
  });
  // An idle connection that the server ends; the pool has let it go already.
  pool.on("error", (error) => log.warn(`PostgreSQL ended an idle connection: ${error.message}`));
  const database = new PostgresDatabase(pool, {
    schema: SCHEMA,
    statementTimeoutMs,
    retryForMs: options.retryForMs ?? RETRY_FOR_MS,
  });
  try {
    const { applied } = await migrate(database);
    for (const step of applied) log.info(`PostgreSQL schema ${database.schema}: ${step}`);
    const access = await setUpAccess(database);
    database.useAccess(access);
    if (!access.isEnforced)
      log.warn(`${ROW_SECURITY_BYPASSED.message} ${ROW_SECURITY_BYPASSED.fix}`);
    return database;
  } catch (error) {
    await pool.end();
    throw withReason(error);
  }
}
