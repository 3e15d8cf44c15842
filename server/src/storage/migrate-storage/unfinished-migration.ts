import { SekhaError } from "../../core/errors.ts";
import type { PostgresDatabase } from "../postgres/database.ts";
import { MIGRATION_NOTE } from "./migrated-tables.ts";

/**
 * To be called before anything works on the rows.
 * @throws SekhaError `conflict` when a migration into this database was broken off: it holds half a memory.
 */
export async function refuseHalfMigrated(database: PostgresDatabase): Promise<void> {
  const [row] = await database.asService(
    async (session) =>
      await session.rows<{ value: string }>(
        "SELECT value FROM settings WHERE owner = '' AND key = $1",
        [MIGRATION_NOTE],
      ),
  );
  if (row === undefined) return;
  const { state, from } = JSON.parse(row.value) as { state?: string; from?: string };
  if (state === "done") return;
  throw new SekhaError(
    "conflict",
    `This database holds half a memory: a migration from ${from} was broken off. Run the same \`sekha migrate storage\` again, it goes on where it was.`,
  );
}
