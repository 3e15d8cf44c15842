import type { Owner } from "../../core/conversations/conversation.ts";
import type { CostChanges, CostEntry, CostGrouping, CostSum } from "../../core/ports/cost-store.ts";
import type { SqlConnection } from "./sql-connection.ts";

const ADD = `
INSERT INTO costs (owner, day, provider, model, task, key, nano, requests, unpriced,
  prompt_tokens, completion_tokens, cached_tokens)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (owner, day, provider, model, task, key) DO UPDATE SET
  nano = nano + excluded.nano,
  requests = requests + excluded.requests,
  unpriced = unpriced + excluded.unpriced,
  prompt_tokens = prompt_tokens + excluded.prompt_tokens,
  completion_tokens = completion_tokens + excluded.completion_tokens,
  cached_tokens = cached_tokens + excluded.cached_tokens`;

export function writeCosts(connection: SqlConnection, changes: CostChanges): void {
  if (changes.batch !== undefined && !isNew(connection, changes.batch)) return;
  for (const entry of changes.reserve) putLease(connection, entry);
  for (const entry of changes.settle) {
    removeLease(connection, entry);
    add(connection, entry);
  }
  for (const lease of changes.release) removeLease(connection, lease);
}

function isNew(connection: SqlConnection, { writer, number }: { writer: string; number: number }) {
  const { changes } = connection.execute(
    `INSERT INTO cost_writers (writer, number) VALUES (?1, ?2)
     ON CONFLICT (writer) DO UPDATE SET number = excluded.number WHERE number < excluded.number`,
    [writer, number],
  );
  return changes > 0;
}

function putLease(connection: SqlConnection, entry: CostEntry): void {
  const { owner, id, day, provider, model, task, key, nano } = entry;
  connection.execute(
    `INSERT INTO cost_leases (owner, id, day, provider, model, task, key, nano)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (owner, id) DO UPDATE SET nano = excluded.nano`,
    [owner, id, day, provider, model, task, key, nano ?? 0n],
  );
}

function removeLease(connection: SqlConnection, { owner, id }: { owner: Owner; id: string }): void {
  connection.execute("DELETE FROM cost_leases WHERE owner = ? AND id = ?", [owner, id]);
}

function add(connection: SqlConnection, entry: CostEntry): void {
  const { owner, day, provider, model, task, key, nano, requests = 1 } = entry;
  const unpriced = nano === null ? requests : 0;
  const { promptTokens, completionTokens, cachedTokens } = entry;
  const group = [owner, day, provider, model, task, key];
  const tokens = [promptTokens, completionTokens, cachedTokens];
  connection.execute(ADD, [...group, nano ?? 0n, requests, unpriced, ...tokens]);
}

/** Leases become spending on the day they were taken; writers of processes that ended are forgotten. */
export function settleOrphans(connection: SqlConnection): { count: number; nano: bigint } {
  connection.execute("DELETE FROM cost_writers");
  const leases = connection.rows<Omit<CostEntry, "nano"> & { nano: string }>(
    `SELECT owner, id, day, provider, model, task, key, CAST(nano AS TEXT) AS nano FROM cost_leases`,
  );
  let nano = 0n;
  for (const lease of leases) {
    const amount = BigInt(lease.nano);
    nano += amount;
    add(connection, {
      ...lease,
      nano: amount,
      promptTokens: 0,
      completionTokens: 0,
      cachedTokens: 0,
    });
  }
  connection.execute("DELETE FROM cost_leases");
  return { count: leases.length, nano };
}

/** Spending and leases as one; amounts as text, since they may exceed what a number holds exactly. */
const SPENT = `(
  SELECT owner, day, key, nano FROM costs UNION ALL SELECT owner, day, key, nano FROM cost_leases
)`;

export function spentSince(
  connection: SqlConnection,
  owner: Owner,
  { day, key }: { day: string; key?: string },
): bigint {
  const [row] = connection.rows<{ nano: string }>(
    `SELECT CAST(coalesce(sum(nano), 0) AS TEXT) AS nano FROM ${SPENT}
     WHERE owner = ?1 AND day >= ?2 AND (?3 IS NULL OR key = ?3)`,
    [owner, day, key ?? null],
  );
  return BigInt(row?.nano ?? "0");
}

export function spentByKey(
  connection: SqlConnection,
  since: string,
): { key: string; day: string; nano: bigint }[] {
  return connection
    .rows<{ key: string; day: string; nano: string }>(
      `SELECT key, day, CAST(sum(nano) AS TEXT) AS nano FROM ${SPENT}
       WHERE day >= ? GROUP BY key, day ORDER BY day, key`,
      [since],
    )
    .map((row) => ({ ...row, nano: BigInt(row.nano) }));
}

export function costSums(
  connection: SqlConnection,
  /** Null: of everyone. */
  owner: Owner | null,
  { by, since, until }: { by: CostGrouping | "owner"; since?: string; until?: string },
): CostSum[] {
  return connection
    .rows<Omit<CostSum, "nano"> & { nano: string }>(
      `SELECT ${by} AS "group", CAST(sum(nano) AS TEXT) AS nano, sum(requests) AS requests,
         sum(unpriced) AS unpriced, sum(prompt_tokens) AS promptTokens,
         sum(completion_tokens) AS completionTokens, sum(cached_tokens) AS cachedTokens
       FROM costs
       WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR day >= ?2) AND (?3 IS NULL OR day <= ?3)
       GROUP BY ${by} ORDER BY ${by === "day" ? "day" : `sum(nano) DESC, ${by}`}`,
      [owner, since ?? null, until ?? null],
    )
    .map((row) => ({ ...row, nano: BigInt(row.nano) }));
}
