import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import { quoteName } from "./database.ts";
import { ownerHash } from "./owner-hash.ts";
import type { Session } from "./session.ts";

/** Steps from owner to owner along an index: a memory of a million conversations has few of them. */
const OWNERS = `
WITH RECURSIVE storing (owner) AS (
  SELECT min(owner) FROM conversations
  UNION ALL
  SELECT (SELECT min(c.owner) FROM conversations c WHERE c.owner > storing.owner)
  FROM storing WHERE storing.owner IS NOT NULL
)
SELECT owner FROM storing WHERE owner <> ''
UNION SELECT owner FROM api_keys
UNION SELECT owner FROM jobs
UNION SELECT owner FROM costs WHERE owner <> ''
ORDER BY owner`;

const WITHOUT_NAMES = `
INSERT INTO costs AS c (owner, day, provider, model, task, key, nano, requests, unpriced,
  prompt_tokens, completion_tokens, cached_tokens)
SELECT '', day, provider, model, task, '', sum(nano), sum(requests), sum(unpriced),
  sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
FROM costs WHERE owner = $1 GROUP BY day, provider, model, task
ON CONFLICT (owner, day, provider, model, task, key) DO UPDATE SET
  nano = c.nano + excluded.nano,
  requests = c.requests + excluded.requests,
  unpriced = c.unpriced + excluded.unpriced,
  prompt_tokens = c.prompt_tokens + excluded.prompt_tokens,
  completion_tokens = c.completion_tokens + excluded.completion_tokens,
  cached_tokens = c.cached_tokens + excluded.cached_tokens`;

export async function listUsers(session: Session): Promise<Owner[]> {
  return (await session.rows<{ owner: Owner }>(OWNERS)).map(({ owner }) => owner);
}

export async function eraseUser(session: Session, owner: Owner): Promise<void> {
  // Rows of nobody are the service's own.
  if (owner === "") throw new SekhaError("invalid_request", "A user has a name.");
  const conversations = await session.rows("SELECT 1 FROM conversations WHERE owner = $1 LIMIT 1", [
    owner,
  ]);
  if (conversations.length > 0) {
    throw new SekhaError("conflict", "This user has conversations yet. Delete them first.");
  }
  for (const table of ["api_keys", "jobs", "idempotency_keys", "settings", "summaries"]) {
    await session.execute(`DELETE FROM ${table} WHERE owner = $1`, [owner]);
  }
  await session.execute(WITHOUT_NAMES, [owner]);
  await session.execute("DELETE FROM costs WHERE owner = $1", [owner]);
}

/** Those of pgvector for this owner alone: their definition names the owner (vectors/pgvector/owner-indexes.ts). */
export async function dropVectorIndexes(session: Session, owner: Owner): Promise<void> {
  const indexes = await session.rows<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'i' AND relname ~ $1`,
    [`^vectors_[0-9]+_near_[0-9]+_${ownerHash(owner)}$`],
  );
  for (const { name } of indexes) await session.script(`DROP INDEX IF EXISTS ${quoteName(name)}`);
}
