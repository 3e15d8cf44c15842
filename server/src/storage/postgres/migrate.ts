import { SekhaError } from "../../core/errors.ts";
import { type PostgresDatabase, quoteName } from "./database.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { Session } from "./session.ts";

/** Any number; every controller that starts takes the same. */
const LOCK = 0x53454b48;

const APPLIED = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/**
 * Brings the schema to the newest step, each in one transaction. Several controllers may start at once: one does it,
 * the others wait for it.
 * @throws SekhaError `conflict` when a newer Sekha has been here.
 */
export async function migrate(
  database: PostgresDatabase,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<{ applied: string[] }> {
  const from = await database.asLogin(async (session) => {
    await takeLock(session, database.schema);
    if (!(await schemaExists(session, database.schema))) {
      await session.script(`CREATE SCHEMA ${quoteName(database.schema)}`);
    }
    await session.script(APPLIED);
    return await appliedSteps(session);
  });
  if (from > migrations.length) throw newerSchema(from, migrations.length);
  const applied: string[] = [];
  for (const [index, migration] of migrations.entries()) {
    if (index < from) continue;
    if (await applyOnce(database, migration, index + 1)) applied.push(migration.name);
  }
  return { applied };
}

/** Held to the end of the transaction. */
export async function takeLock(session: Session, schema: string): Promise<void> {
  await session.rows("SELECT pg_advisory_xact_lock($1, hashtext($2))", [LOCK, schema]);
}

/** False when another controller has done it meanwhile. */
async function applyOnce(
  database: PostgresDatabase,
  migration: Migration,
  number: number,
): Promise<boolean> {
  return await database.asLogin(async (session) => {
    await takeLock(session, database.schema);
    if ((await appliedSteps(session)) >= number) return false;
    // A large memory may take longer than a request.
    await session.script("SET LOCAL statement_timeout = 0");
    if (typeof migration.up === "string") await session.script(migration.up);
    else await migration.up(session);
    await session.execute("INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", [
      number,
      migration.name,
    ]);
    return true;
  });
}

async function schemaExists(session: Session, schema: string): Promise<boolean> {
  const rows = await session.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
  return rows.length > 0;
}

async function appliedSteps(session: Session): Promise<number> {
  const [row] = await session.rows<{ number: number }>(
    "SELECT coalesce(max(number), 0) AS number FROM schema_migrations",
  );
  return row?.number ?? 0;
}

function newerSchema(found: number, known: number): SekhaError {
  return new SekhaError(
    "conflict",
    `The database was written by a newer Sekha (schema ${found}, this version knows ${known}). Install that version or restore a dump.`,
  );
}
