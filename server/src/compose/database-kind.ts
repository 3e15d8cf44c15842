import type { Config } from "../config/config.ts";

/** Whether the rows are kept in PostgreSQL; otherwise in a SQLite file of the data directory. */
export function isPostgres({ databaseUrl }: Pick<Config, "databaseUrl">): boolean {
  return databaseUrl !== undefined && /^postgres(ql)?:/i.test(databaseUrl);
}
