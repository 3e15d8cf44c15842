import type { Job, JobState } from "../ports/job-store.ts";

export type PruneAction = "archive" | "delete";

/** One pruning, as its log keeps it: ids and times, nothing of what was said. */
export interface PruneRun {
  id: string;
  action: PruneAction;
  conversationIds: readonly string[];
  /** Milliseconds since the epoch. */
  at: number;
  undoneAt: number | null;
}

/** The log of prunings is a kind of job: listed, migrated and erased with its owner as jobs are. */
export function runToJob(run: PruneRun, { state, now }: { state: JobState; now: number }): Job {
  const total = run.conversationIds.length;
  return {
    id: run.id,
    kind: "prune",
    state,
    progress: { done: state === "done" ? total : 0, total },
    detail: {
      action: run.action,
      conversation_ids: [...run.conversationIds],
      undone_at: run.undoneAt,
    },
    error: null,
    createdAt: run.at,
    updatedAt: now,
  };
}

export function runOfJob({ id, detail, createdAt }: Job): PruneRun {
  const { action, conversation_ids: ids, undone_at: undoneAt } = detail;
  return {
    id,
    action: action === "delete" ? "delete" : "archive",
    conversationIds: Array.isArray(ids) ? ids.filter((one) => typeof one === "string") : [],
    at: createdAt,
    undoneAt: typeof undoneAt === "number" ? undoneAt : null,
  };
}
