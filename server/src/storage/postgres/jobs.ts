import type { JsonObject, Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { Job } from "../../core/ports/job-store.ts";
import type { JobsTable } from "../sql/tables.ts";
import { isForeignRow } from "./postgres-error.ts";
import type { Session } from "./session.ts";

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

const PUT = `
INSERT INTO jobs (id, owner, kind, state, done, total, detail, error, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, done = excluded.done,
  total = excluded.total, detail = excluded.detail, error = excluded.error,
  updated_at = excluded.updated_at
WHERE jobs.owner = excluded.owner`;

export async function putJob(session: Session, owner: Owner, job: Job): Promise<void> {
  const { done, total } = job.progress;
  const changes = await session
    .execute(PUT, [
      job.id,
      owner,
      job.kind,
      job.state,
      done,
      total,
      JSON.stringify(job.detail),
      job.error,
      job.createdAt,
      job.updatedAt,
    ])
    .catch((error: unknown) => {
      // Row-level security refuses to change another owner's row before the condition is looked at.
      if (isForeignRow(error)) return 0;
      throw error;
    });
  if (changes === 0) throw new SekhaError("conflict", "This job id is taken.");
}

export async function readJob(session: Session, owner: Owner, id: string): Promise<Job> {
  const [row] = await session.rows<JobsTable>("SELECT * FROM jobs WHERE owner = $1 AND id = $2", [
    owner,
    id,
  ]);
  if (row === undefined) throw new SekhaError("not_found", "Job not found");
  return toJob(row);
}

export async function listJobs(
  session: Session,
  owner: Owner,
  { limit, kind }: { limit: number; kind: Job["kind"] | undefined },
): Promise<Job[]> {
  const rows = await session.rows<JobsTable>(
    `SELECT * FROM jobs WHERE owner = $1 AND ($3::text IS NULL OR kind = $3)
     ORDER BY created_at DESC LIMIT $2`,
    [owner, limit, kind ?? null],
  );
  return rows.map(toJob);
}

export async function unfinishedJobs(session: Session): Promise<{ owner: Owner; job: Job }[]> {
  const rows = await session.rows<JobsTable>(
    "SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at",
  );
  return rows.map((row) => ({ owner: row.owner, job: toJob(row) }));
}
