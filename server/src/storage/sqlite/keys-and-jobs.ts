import type { JsonObject, Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { Job } from "../../core/ports/job-store.ts";
import type { ApiKey } from "../../core/ports/key-store.ts";
import type { JobsTable } from "../sql/tables.ts";
import type { Connection } from "./connection.ts";

const KEY_COLUMNS = `id, owner, name, prefix, created_at AS createdAt,
  last_used_at AS lastUsedAt, revoked_at AS revokedAt`;

export function insertKey(connection: Connection, key: ApiKey, hash: string): void {
  connection.execute(
    "INSERT INTO api_keys (id, owner, name, prefix, hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    [key.id, key.owner, key.name, key.prefix, hash, key.createdAt],
  );
}

export function findKey(connection: Connection, hash: string): ApiKey | null {
  const [key] = connection.rows<ApiKey>(
    `SELECT ${KEY_COLUMNS} FROM api_keys WHERE hash = ? AND revoked_at IS NULL`,
    [hash],
  );
  return key ?? null;
}

export function listKeys(connection: Connection, owner: Owner): ApiKey[] {
  return connection.rows(
    `SELECT ${KEY_COLUMNS} FROM api_keys WHERE owner = ? ORDER BY created_at`,
    [owner],
  );
}

export function revokeKey(
  connection: Connection,
  owner: Owner,
  { idOrName, now }: { idOrName: string; now: number },
): ApiKey {
  const [key] = connection.rows<ApiKey>(
    `UPDATE api_keys SET revoked_at = ?1 WHERE id = (
       SELECT id FROM api_keys WHERE owner = ?2 AND revoked_at IS NULL AND (id = ?3 OR name = ?3)
       ORDER BY id = ?3 DESC, created_at DESC LIMIT 1
     ) RETURNING ${KEY_COLUMNS}`,
    [now, owner, idOrName],
  );
  if (key === undefined) throw new SekhaError("not_found", "No such key, or it is revoked already");
  return key;
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

export function listJobs(connection: Connection, owner: Owner, limit: number): Job[] {
  return connection
    .rows<JobsTable>("SELECT * FROM jobs WHERE owner = ? ORDER BY created_at DESC LIMIT ?", [
      owner,
      limit,
    ])
    .map(toJob);
}

export function unfinishedJobs(connection: Connection): { owner: Owner; job: Job }[] {
  return connection
    .rows<JobsTable>("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at")
    .map((row) => ({ owner: row.owner, job: toJob(row) }));
}
