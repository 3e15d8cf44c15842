import pg from "pg";

/** Whether the database itself keeps owners apart. */
export interface RowSecurity {
  /** Null when the server could not be asked. */
  holds: boolean | null;
  message: string;
  fix?: string;
}

export const ROW_SECURITY_BYPASSED = {
  holds: false,
  message:
    "The role in database_url has BYPASSRLS and may not make other roles: row-level security does not hold, so nothing but Sekha's own conditions keeps users apart.",
  fix: "ALTER ROLE … CREATEROLE, or name a plain role that owns the schema; then start Sekha again.",
};

const TIMEOUT_MS = 5_000;

/** access.ts makes two roles without rights of their own; without them policies hold a role that obeys them. */
const HOLDS = `
SELECT NOT (r.rolsuper OR r.rolbypassrls) OR (
  SELECT bool_and(coalesce(pg_has_role(r.oid, own.oid, 'MEMBER'), r.rolsuper OR r.rolcreaterole))
  FROM unnest(ARRAY['sekha_rows_', 'sekha_jobs_']) AS start
  LEFT JOIN pg_roles own ON own.rolname = start || substr(md5(current_database() || '/' || $1), 1, 8)
) AS holds
FROM pg_roles r WHERE r.rolname = current_user`;

/** Looks with a connection of its own and changes nothing. */
export async function rowSecurityOf(url: string, schema = "sekha"): Promise<RowSecurity> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // Whoever connects hears of it; a connection that breaks later is no error of its own.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ holds: boolean }>(HOLDS, [schema]);
    return rows[0]?.holds === false
      ? ROW_SECURITY_BYPASSED
      : { holds: true, message: "row-level security keeps users apart" };
  } catch {
    // What keeps it from answering is said where the memory is opened.
    return { holds: null, message: "PostgreSQL cannot be asked" };
  } finally {
    await client.end().catch(() => undefined);
  }
}
