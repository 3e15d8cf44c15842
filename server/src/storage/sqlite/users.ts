import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { Connection } from "./connection.ts";

/** Steps from owner to owner along an index: a memory of a million conversations has few of them. */
const OWNERS = `
WITH RECURSIVE storing (owner) AS (
  SELECT min(owner) FROM conversations
  UNION ALL
  SELECT (SELECT min(owner) FROM conversations WHERE owner > storing.owner)
  FROM storing WHERE storing.owner IS NOT NULL
)
SELECT owner FROM storing WHERE owner <> ''
UNION SELECT owner FROM api_keys
UNION SELECT owner FROM jobs
UNION SELECT owner FROM costs WHERE owner <> ''
ORDER BY owner`;

const WITHOUT_NAMES = `
INSERT INTO costs (owner, day, provider, model, task, key, nano, requests, unpriced,
  prompt_tokens, completion_tokens, cached_tokens)
SELECT '', day, provider, model, task, '', nano, requests, unpriced,
  prompt_tokens, completion_tokens, cached_tokens
FROM costs WHERE owner = ?
ON CONFLICT (owner, day, provider, model, task, key) DO UPDATE SET
  nano = nano + excluded.nano,
  requests = requests + excluded.requests,
  unpriced = unpriced + excluded.unpriced,
  prompt_tokens = prompt_tokens + excluded.prompt_tokens,
  completion_tokens = completion_tokens + excluded.completion_tokens,
  cached_tokens = cached_tokens + excluded.cached_tokens`;

export function listUsers(connection: Connection): Owner[] {
  return connection.rows<{ owner: Owner }>(OWNERS).map(({ owner }) => owner);
}

export function eraseUser(connection: Connection, owner: Owner): void {
  // Rows of nobody are the service's own.
  if (owner === "") throw new SekhaError("invalid_request", "A user has a name.");
  const [conversation] = connection.rows("SELECT 1 FROM conversations WHERE owner = ? LIMIT 1", [
    owner,
  ]);
  if (conversation !== undefined) {
    throw new SekhaError("conflict", "This user has conversations yet. Delete them first.");
  }
  for (const table of ["api_keys", "jobs", "idempotency_keys", "settings", "summaries"]) {
    connection.execute(`DELETE FROM ${table} WHERE owner = ?`, [owner]);
  }
  connection.execute(WITHOUT_NAMES, [owner]);
  connection.execute("DELETE FROM costs WHERE owner = ?", [owner]);
}
