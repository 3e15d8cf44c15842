import type { JobResponse } from "@sekha/sdk/contract";
import type { Job } from "../../core/ports/job-store.ts";
import { isoTimeOf } from "./conversation-mapping.ts";

export function jobToWire(job: Job): JobResponse {
  return {
    job_id: job.id,
    kind: job.kind,
    state: job.state,
    progress: { ...job.progress, percent: percentOf(job) },
    detail: job.detail,
    error: job.error,
    created_at: isoTimeOf(job.createdAt),
    updated_at: isoTimeOf(job.updatedAt),
  };
}

/** To one decimal. A total may be an estimate: only a finished job is at 100. */
function percentOf({ state, progress }: Job): number {
  if (state === "done") return 100;
  if (progress.total <= 0) return 0;
  return Math.min(99.9, Math.floor((progress.done / progress.total) * 1000) / 10);
}
