import { randomBytes } from "node:crypto";
import { once } from "node:events";
import process from "node:process";
import pg from "pg";
import { PostgresProcess, postgresPrograms } from "./postgres-process.ts";

/** An empty database for one test. */
export interface TestDatabase {
  /** Of its owner, who is no superuser, so that row-level security holds. */
  url: string;
  /** Drops it. */
  close(): Promise<void>;
}

/** On a real server. */
export interface ServedDatabase extends TestDatabase {
  asSuperuser(statement: string): Promise<void>;
}

export interface TestDatabaseOptions {
  /** False: the extension `vector` is not in it, and its owner may not create it. */
  pgvector?: boolean;
}

const OWNER = "sekha_test";
const TEMPLATE = "sekha_test_template";

const NOT_INSTALLED = "PostgreSQL is not installed: run test/support/install-postgres.sh as root";

/**
 * Whether there is a real server: named by SEKHA_TEST_POSTGRES_URL (a superuser's), or installed here.
 * @throws Error in CI, where it must not be missing.
 */
export function hasPostgres(): boolean {
  if (process.env.SEKHA_TEST_POSTGRES_URL !== undefined || postgresPrograms() !== null) return true;
  if (process.env.SEKHA_CI === "1") throw new Error(NOT_INSTALLED);
  return false;
}

/** A server of its own, for tests that restart it. */
export async function startPostgres(): Promise<PostgresProcess> {
  const programs = postgresPrograms();
  if (programs === null) {
    throw new Error(NOT_INSTALLED);
  }
  return await PostgresProcess.start(programs);
}

let shared: Promise<string> | undefined;

/** An empty database on a real server, one server for all tests of a process. */
export async function postgresForTests(options: TestDatabaseOptions = {}): Promise<ServedDatabase> {
  shared ??= sharedServer();
  return await databaseOn(await shared, options);
}

/** An empty database on a server whose superuser's address is given. */
export async function databaseOn(
  superuser: string,
  { pgvector = true }: TestDatabaseOptions = {},
): Promise<ServedDatabase> {
  await prepare(superuser);
  const name = `sekha_test_${randomBytes(6).toString("hex")}`;
  const template = pgvector ? TEMPLATE : "template0";
  await run(superuser, `CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${OWNER}`);
  const url = new URL(superuser);
  url.username = OWNER;
  url.password = OWNER;
  url.pathname = `/${name}`;
  return {
    url: url.href,
    asSuperuser: (statement) => run(superuser, statement),
    close: () => run(superuser, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function sharedServer(): Promise<string> {
  return process.env.SEKHA_TEST_POSTGRES_URL ?? (await startPostgres()).url();
}

const prepared = new Map<string, Promise<void>>();

/** Once a server: the owner, and a template that has the extension, which only a superuser may create. */
function prepare(superuser: string): Promise<void> {
  const known = prepared.get(superuser);
  if (known !== undefined) return known;
  const preparing = prepareServer(superuser);
  prepared.set(superuser, preparing);
  return preparing;
}

async function prepareServer(superuser: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuser });
  await client.connect();
  try {
    // Another process may be at the same.
    await client.query("SELECT pg_advisory_lock(7351)");
    const { rows } = await client.query(
      "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate",
      [TEMPLATE],
    );
    if (rows.length > 0) return;
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
    await client.query(`DROP ROLE IF EXISTS ${OWNER}`);
    await client.query(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${OWNER}'`);
    await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`);
    const template = new URL(superuser);
    template.pathname = `/${TEMPLATE}`;
    await run(template.href, "CREATE EXTENSION vector");
    await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`);
  } finally {
    await client.end();
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    const ended = once(client, "end");
    await client.end();
    await ended;
  }
}
