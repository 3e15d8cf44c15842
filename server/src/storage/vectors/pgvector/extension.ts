import { SekhaError } from "../../../core/errors.ts";
import type { PostgresDatabase } from "../../postgres/database.ts";
import type { Session } from "../../postgres/session.ts";

/** Filtered searches need its iterative scans. */
const LEAST_VERSION = "0.8.0";

const FOUND = `
SELECT e.extversion AS version, n.nspname AS schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'`;

/**
 * Makes sure of the extension; answers the schema it stands in.
 * @throws SekhaError `unavailable` that says what to install, or who has to create it.
 */
export async function ensureExtension(database: PostgresDatabase): Promise<string> {
  const found = (await lookUp(database)) ?? (await create(database));
  if (isOlder(found.version, LEAST_VERSION)) {
    throw new SekhaError(
      "unavailable",
      `pgvector ${found.version} is too old, Sekha needs ${LEAST_VERSION}: update it on the server and run ALTER EXTENSION vector UPDATE.`,
    );
  }
  return found.schema;
}

async function lookUp(database: PostgresDatabase) {
  return await database.asLogin(async (session) => await extension(session));
}

async function extension(session: Session) {
  const [found] = await session.rows<{ version: string; schema: string }>(FOUND);
  return found;
}

async function create(database: PostgresDatabase) {
  const isInstalled = await database.asLogin(async (session) => {
    const rows = await session.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'");
    return rows.length > 0;
  });
  if (!isInstalled) throw new SekhaError("unavailable", NOT_INSTALLED);
  try {
    return await database.asLogin(async (session) => {
      // Two controllers that start together: the second finds it.
      await session.script("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public");
      return await extensionNow(session);
    });
  } catch (error) {
    throw new SekhaError("unavailable", NOT_ALLOWED, { cause: error });
  }
}

async function extensionNow(session: Session) {
  const found = await extension(session);
  if (found === undefined)
    throw new SekhaError("internal", "pgvector was created and is not there");
  return found;
}

const NOT_INSTALLED =
  "The PostgreSQL server has no pgvector: install it there (Debian, Ubuntu: postgresql-NN-pgvector; the image pgvector/pgvector has it; managed services list it among their extensions), or let Chroma keep the vectors with chroma_url.";
const NOT_ALLOWED =
  "pgvector is installed on the PostgreSQL server, but the role in database_url may not create it in this database: let a superuser run CREATE EXTENSION vector there once.";

function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split(".").map(Number));
  for (const [at, part] of (right ?? []).entries()) {
    const own = left?.[at] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
