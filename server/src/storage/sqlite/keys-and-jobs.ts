import type { JsonObject, Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { Job } from "../../core/ports/job-store.ts";
import type { ApiKey, FoundKey, KeyRotation, KeyScope } from "../../core/ports/key-store.ts";
import type { JobsTable } from "../sql/tables.ts";
import type { Connection } from "./connection.ts";

const KEY_COLUMNS = `id, owner, name, prefix, scopes, created_at AS createdAt,
  expires_at AS expiresAt, rotated_at AS rotatedAt, previous_until AS previousUntil,
  last_used_at AS lastUsedAt, revoked_at AS revokedAt`;

/** The one that is asked for by id or name: `?2` its owner, `?3` what was asked for, `?1` now. */
const LIVE_KEY = `SELECT id FROM api_keys
  WHERE owner = ?2 AND revoked_at IS NULL AND (id = ?3 OR name = ?3)`;
const NEWEST = "ORDER BY id = ?3 DESC, created_at DESC LIMIT 1";

type KeyRow = Omit<ApiKey, "scopes"> & { scopes: string };

function toKey(row: KeyRow): ApiKey {
  return { ...row, scopes: row.scopes.split(" ") as KeyScope[] };
}

export function insertKey(connection: Connection, key: ApiKey, hash: string): void {
  connection.execute(
    `INSERT INTO api_keys (id, owner, name, prefix, hash, scopes, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      key.id,
      key.owner,
      key.name,
      key.prefix,
      hash,
      key.scopes.join(" "),
      key.createdAt,
      key.expiresAt,
    ],
  );
}

export function findKey(connection: Connection, hash: string, now: number): FoundKey | null {
  const [row] = connection.rows<KeyRow & { current: number }>(
    `SELECT ${KEY_COLUMNS}, hash = ?1 AS current FROM api_keys
     WHERE (hash = ?1 OR (previous_hash = ?1 AND previous_until > ?2))
       AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)`,
    [hash, now],
  );
  if (row === undefined) return null;
  const { current, ...rest } = row;
  const key = toKey(rest);
  const ends = [key.expiresAt, current === 1 ? null : key.previousUntil];
  const times = ends.filter((time) => time !== null);
  return { key, validUntil: times.length === 0 ? null : Math.min(...times) };
}

export function listKeys(connection: Connection, owner: Owner): ApiKey[] {
  return connection
    .rows<KeyRow>(`SELECT ${KEY_COLUMNS} FROM api_keys WHERE owner = ? ORDER BY created_at, id`, [
      owner,
    ])
    .map(toKey);
}

export function allKeys(connection: Connection): ApiKey[] {
  return connection
    .rows<KeyRow>(`SELECT ${KEY_COLUMNS} FROM api_keys ORDER BY owner, created_at, id`)
    .map(toKey);
}

export function rotateKey(
  connection: Connection,
  owner: Owner,
  { idOrName, rotation }: { idOrName: string; rotation: KeyRotation },
): ApiKey {
  const { prefix, hash, now, previousUntil, expiresAt } = rotation;
  const [row] = connection.rows<KeyRow>(
    `UPDATE api_keys SET previous_hash = iif(?6 > ?1, hash, NULL),
       previous_until = iif(?6 > ?1, ?6, NULL), hash = ?4, prefix = ?5, rotated_at = ?1,
       expires_at = iif(?7, ?8, expires_at)
     WHERE id = (${LIVE_KEY} AND (expires_at IS NULL OR expires_at > ?1) ${NEWEST})
     RETURNING ${KEY_COLUMNS}`,
    [
      now,
      owner,
      idOrName,
      hash,
      prefix,
      previousUntil,
      expiresAt === undefined ? 0 : 1,
      expiresAt ?? null,
    ],
  );
  if (row === undefined) {
    throw new SekhaError("not_found", "No such key, or it no longer works: make a new one");
  }
  return toKey(row);
}

export function revokeKey(
  connection: Connection,
  owner: Owner,
  { idOrName, now }: { idOrName: string; now: number },
): ApiKey {
  const [row] = connection.rows<KeyRow>(
    `UPDATE api_keys SET revoked_at = ?1 WHERE id = (${LIVE_KEY} ${NEWEST})
     RETURNING ${KEY_COLUMNS}`,
    [now, owner, idOrName],
  );
  if (row === undefined) throw new SekhaError("not_found", "No such key, or it is revoked already");
  return toKey(row);
}

export function touchKey(connection: Connection, id: string, now: number): void {
  connection.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", [now, id]);
}

export function anyKey(connection: Connection): boolean {
  return connection.rows("SELECT 1 FROM api_keys WHERE revoked_at IS NULL LIMIT 1", []).length > 0;
}

function toJob(row: JobsTable): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    progress: { done: row.done, total: row.total },
    detail: JSON.parse(row.detail) as JsonObject,
    error: row.error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function putJob(connection: Connection, owner: Owner, job: Job): void {
  const { changes } = connection.execute(
    `INSERT INTO jobs (id, owner, kind, state, done, total, detail, error, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, done = excluded.done,
       total = excluded.total, detail = excluded.detail, error = excluded.error,
       updated_at = excluded.updated_at
     WHERE jobs.owner = excluded.owner`,
    [
      job.id,
      owner,
      job.kind,
      job.state,
      job.progress.done,
      job.progress.total,
      JSON.stringify(job.detail),
      job.error,
      job.createdAt,
      job.updatedAt,
    ],
  );
  if (changes === 0) throw new SekhaError("conflict", "This job id is taken.");
}

export function readJob(connection: Connection, owner: Owner, id: string): Job {
  const [row] = connection.rows<JobsTable>("SELECT * FROM jobs WHERE owner = ? AND id = ?", [
    owner,
    id,
  ]);
  if (row === undefined) throw new SekhaError("not_found", "Job not found");
  return toJob(row);
}

export function listJobs(
  connection: Connection,
  owner: Owner,
  { limit, kind }: { limit: number; kind: Job["kind"] | null },
): Job[] {
  return connection
    .rows<JobsTable>(
      `SELECT * FROM jobs WHERE owner = ?1 AND (?3 IS NULL OR kind = ?3)
       ORDER BY created_at DESC LIMIT ?2`,
      [owner, limit, kind],
    )
    .map(toJob);
}

export function unfinishedJobs(connection: Connection): { owner: Owner; job: Job }[] {
  return connection
    .rows<JobsTable>("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at")
    .map((row) => ({ owner: row.owner, job: toJob(row) }));
}
