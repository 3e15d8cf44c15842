import type { Owner } from "../../core/conversations/conversation.ts";
import type { CostChanges, CostEntry, CostGrouping, CostSum } from "../../core/ports/cost-store.ts";
import { isDead } from "./live-process.ts";
import type { Session } from "./session.ts";

const ADD = `
INSERT INTO costs AS c (owner, day, provider, model, task, key, nano, requests, unpriced,
  prompt_tokens, completion_tokens, cached_tokens)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (owner, day, provider, model, task, key) DO UPDATE SET
  nano = c.nano + excluded.nano,
  requests = c.requests + excluded.requests,
  unpriced = c.unpriced + excluded.unpriced,
  prompt_tokens = c.prompt_tokens + excluded.prompt_tokens,
  completion_tokens = c.completion_tokens + excluded.completion_tokens,
  cached_tokens = c.cached_tokens + excluded.cached_tokens`;

/** `holder` is the process whose leases these are. */
export async function writeCosts(
  session: Session,
  changes: CostChanges,
  holder: string,
): Promise<void> {
  if (changes.batch !== undefined && !(await isNew(session, changes.batch))) return;
  for (const entry of changes.reserve) await putLease(session, entry, holder);
  for (const entry of inOneOrder(changes.settle)) {
    await removeLease(session, entry);
    await add(session, entry);
  }
  for (const lease of changes.release) await removeLease(session, lease);
}

/** Two writers that add to the same sums do so in the same order, so that neither waits for the other for ever. */
function inOneOrder(entries: readonly CostEntry[]): CostEntry[] {
  const keyOf = ({ owner, day, provider, model, task, key }: CostEntry) =>
    JSON.stringify([owner, day, provider, model, task, key]);
  return entries
    .map((entry) => ({ entry, key: keyOf(entry) }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)))
    .map(({ entry }) => entry);
}

async function isNew(
  session: Session,
  { writer, number }: { writer: string; number: number },
): Promise<boolean> {
  const changed = await session.execute(
    `INSERT INTO cost_writers AS w (writer, number) VALUES ($1, $2)
     ON CONFLICT (writer) DO UPDATE SET number = excluded.number, written_at = now()
     WHERE w.number < excluded.number`,
    [writer, number],
  );
  return changed > 0;
}

async function putLease(session: Session, entry: CostEntry, holder: string): Promise<void> {
  const { owner, id, day, provider, model, task, key, nano } = entry;
  await session.execute(
    `INSERT INTO cost_leases (owner, id, day, provider, model, task, key, nano, holder)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (owner, id) DO UPDATE SET nano = excluded.nano`,
    [owner, id, day, provider, model, task, key, nano ?? 0n, holder],
  );
}

async function removeLease(
  session: Session,
  { owner, id }: { owner: Owner; id: string },
): Promise<void> {
  await session.execute("DELETE FROM cost_leases WHERE owner = $1 AND id = $2", [owner, id]);
}

async function add(session: Session, entry: CostEntry): Promise<void> {
  const { owner, day, provider, model, task, key, nano, requests = 1 } = entry;
  const unpriced = nano === null ? requests : 0;
  const { promptTokens, completionTokens, cachedTokens } = entry;
  const group = [owner, day, provider, model, task, key];
  const tokens = [promptTokens, completionTokens, cachedTokens];
  await session.execute(ADD, [...group, nano ?? 0n, requests, unpriced, ...tokens]);
}

/** Days after which a writer that wrote nothing is forgotten. */
const WRITER_DAYS = 7;

const ORPHANS = `
DELETE FROM cost_leases WHERE holder = $1 OR ${isDead("holder")}
RETURNING owner, id, day, provider, model, task, key, nano::text AS nano`;

/** Leases of this holder and of dead ones become spending on the day they were taken. */
export async function settleOrphans(
  session: Session,
  holder: string,
): Promise<{ count: number; nano: bigint }> {
  const leases = await session.rows<Omit<CostEntry, "nano"> & { nano: string }>(ORPHANS, [holder]);
  const spent = leases.map((lease) => ({
    ...lease,
    nano: BigInt(lease.nano),
    promptTokens: 0,
    completionTokens: 0,
    cachedTokens: 0,
  }));
  for (const entry of inOneOrder(spent)) await add(session, entry);
  await session.execute(
    "DELETE FROM cost_writers WHERE written_at < now() - make_interval(days => $1)",
    [WRITER_DAYS],
  );
  return { count: spent.length, nano: spent.reduce((sum, { nano }) => sum + nano, 0n) };
}

/** Spending and leases as one; amounts as text, since they may exceed what a number holds exactly. */
const SPENT = `(
  SELECT owner, day, key, nano FROM costs UNION ALL SELECT owner, day, key, nano FROM cost_leases
) AS spent`;

export async function spentSince(
  session: Session,
  owner: Owner,
  { day, key }: { day: string; key?: string },
): Promise<bigint> {
  const [row] = await session.rows<{ nano: string }>(
    `SELECT coalesce(sum(nano), 0)::text AS nano FROM ${SPENT}
     WHERE owner = $1 AND day >= $2 AND ($3::text IS NULL OR key = $3)`,
    [owner, day, key ?? null],
  );
  return BigInt(row?.nano ?? "0");
}

export async function spentByKey(
  session: Session,
  since: string,
): Promise<{ key: string; day: string; nano: bigint }[]> {
  const rows = await session.rows<{ key: string; day: string; nano: string }>(
    `SELECT key, day, sum(nano)::text AS nano FROM ${SPENT}
     WHERE day >= $1 GROUP BY key, day ORDER BY day, key`,
    [since],
  );
  return rows.map((row) => ({ ...row, nano: BigInt(row.nano) }));
}

export async function costSums(
  session: Session,
  /** Null: of everyone. */
  owner: Owner | null,
  { by, since, until }: { by: CostGrouping | "owner"; since?: string; until?: string },
): Promise<CostSum[]> {
  const rows = await session.rows<Omit<CostSum, "nano"> & { nano: string }>(
    `SELECT ${by} AS "group", sum(nano)::text AS nano, sum(requests) AS requests,
       sum(unpriced) AS unpriced, sum(prompt_tokens) AS "promptTokens",
       sum(completion_tokens) AS "completionTokens", sum(cached_tokens) AS "cachedTokens"
     FROM costs
     WHERE ($1::text IS NULL OR owner = $1) AND ($2::text IS NULL OR day >= $2)
       AND ($3::text IS NULL OR day <= $3)
     GROUP BY ${by} ORDER BY ${by === "day" ? "day" : `sum(costs.nano) DESC, ${by}`}`,
    [owner, since ?? null, until ?? null],
  );
  return rows.map((row) => ({ ...row, nano: BigInt(row.nano) }));
}
