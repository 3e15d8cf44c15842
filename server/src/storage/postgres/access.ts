import type { AccessMode } from "./access-mode.ts";
import { type PostgresDatabase, quoteName } from "./database.ts";
import { takeLock } from "./migrate.ts";
import type { Session } from "./session.ts";

const POLICY_OWNER = "of_owner";
const POLICY_SERVICE = "of_service";
const WORDS_TABLE = "message_words";
const TEXT_FUNCTIONS = ["text_postings(tsquery[], bigint[], integer, integer, integer)"];
const OWNER_IS_SET = "owner = nullif(current_setting('sekha.owner', true), '')";
const SERVICE_IS_ON = "current_setting('sekha.service', true) = 'on'";

/**
 * Makes the roles where that is allowed, and the policies of every table with a column `owner`. May be repeated; to be
 * called again when such a table was added.
 */
export async function setUpAccess(database: PostgresDatabase): Promise<AccessMode> {
  return await database.asLogin(async (session) => {
    await takeLock(session, database.schema);
    const access = await chooseAccess(session, database.schema);
    for (const { name, isProtected } of await ownerTables(session, access)) {
      // To set a policy waits for everything that uses the table.
      if (!isProtected) await session.script(protection(name, access));
    }
    if (access.roles !== null) await session.script(grants(database.schema, access.roles));
    return access;
  });
}

/** The policies of one table with a column `owner`, for the transaction that makes it. */
export async function protectTable(
  session: Session,
  table: string,
  access: AccessMode,
): Promise<void> {
  await session.script(protection(table, access));
  if (access.roles === null) return;
  await session.script(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoteName(table)}
    TO ${quoteName(access.roles.owner)}, ${quoteName(access.roles.service)}`);
}

/** Roles belong to the whole server, so their names say which database and schema they are for. */
async function chooseAccess(session: Session, schema: string): Promise<AccessMode> {
  const [row] = await session.rows<{ suffix: string; free: boolean }>(
    `SELECT substr(md5(current_database() || '/' || $1), 1, 8) AS suffix,
       rolsuper OR rolbypassrls AS free
     FROM pg_roles WHERE rolname = current_user`,
    [schema],
  );
  const roles = { owner: `sekha_rows_${row?.suffix}`, service: `sekha_jobs_${row?.suffix}` };
  const made = (await makeRole(session, roles.owner)) && (await makeRole(session, roles.service));
  return made ? { roles, isEnforced: true } : { roles: null, isEnforced: row?.free === false };
}

/** False when the login role may not make it. */
async function makeRole(session: Session, role: string): Promise<boolean> {
  const [row] = await session.rows<{ member: boolean | null }>(
    "SELECT (SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1) AS member",
    [role],
  );
  if (row?.member === true) return true;
  const name = quoteName(role);
  await session.script("SAVEPOINT making_role");
  try {
    if (row?.member == null)
      await session.script(`CREATE ROLE ${name} NOLOGIN NOSUPERUSER NOBYPASSRLS`);
    await session.script(`GRANT ${name} TO CURRENT_USER`);
    await session.script("RELEASE SAVEPOINT making_role");
    return true;
  } catch {
    await session.script("ROLLBACK TO SAVEPOINT making_role");
    return false;
  }
}

/** Tables with a column `owner`, and whether they have the policies that this access wants. */
async function ownerTables(
  session: Session,
  { roles }: AccessMode,
): Promise<{ name: string; isProtected: boolean }[]> {
  return await session.rows(
    `SELECT c.relname::text AS name, c.relrowsecurity AND EXISTS (
       SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = '${POLICY_SERVICE}'
         AND p.polroles = ARRAY[coalesce((SELECT oid FROM pg_roles WHERE rolname = $1), 0)]
     ) AS "isProtected"
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
       AND a.attname = 'owner' AND NOT a.attisdropped ORDER BY c.relname`,
    [roles?.service ?? null],
  );
}

function protection(table: string, { roles }: AccessMode): string {
  const name = quoteName(table);
  const service = roles === null ? "PUBLIC" : quoteName(roles.service);
  const condition = roles === null ? SERVICE_IS_ON : "true";
  // Without roles the functions of full-text search run as the table's owner, and need the index (text-functions.ts).
  const force = roles === null && table === WORDS_TABLE ? "NO FORCE" : "FORCE";
  return `
ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${name} ${force} ROW LEVEL SECURITY;
DROP POLICY IF EXISTS ${POLICY_OWNER} ON ${name};
DROP POLICY IF EXISTS ${POLICY_SERVICE} ON ${name};
CREATE POLICY ${POLICY_OWNER} ON ${name} USING (${OWNER_IS_SET}) WITH CHECK (${OWNER_IS_SET});
CREATE POLICY ${POLICY_SERVICE} ON ${name} TO ${service} USING (${condition}) WITH CHECK (${condition});`;
}

function grants(schema: string, roles: { owner: string; service: string }): string {
  const service = quoteName(roles.service);
  const both = `${quoteName(roles.owner)}, ${service}`;
  const where = `SCHEMA ${quoteName(schema)}`;
  return `
GRANT USAGE ON ${where} TO ${both};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN ${where} TO ${both};
GRANT USAGE ON ALL SEQUENCES IN ${where} TO ${both};
REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ${both};
GRANT CREATE ON ${where} TO ${service};
${TEXT_FUNCTIONS.map(
  (name) => `ALTER FUNCTION ${name} OWNER TO ${service};
ALTER FUNCTION ${name} SECURITY DEFINER;
REVOKE ALL ON FUNCTION ${name} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${name} TO ${both};`,
).join("\n")}
REVOKE CREATE ON ${where} FROM ${service};`;
}
