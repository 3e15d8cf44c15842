import type { JsonObject, Owner } from "../conversations/conversation.ts";

export type JobState = "queued" | "running" | "done" | "failed";

/** Work that outlives a request, or is looked up later: rebuilds, imports, prunings. */
export interface Job {
  id: string;
  kind: "rebuild_embeddings" | "import" | "prune";
  state: JobState;
  /** Units done and in all; what a unit is depends on the kind. */
  progress: { done: number; total: number };
  /** Where to go on after a restart, and what it found. */
  detail: JsonObject;
  error: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface JobStore {
  put(owner: Owner, job: Job): Promise<void>;
  get(owner: Owner, id: string): Promise<Job>;
  /** Newest first; of one kind, or of any. */
  list(owner: Owner, limit: number, kind?: Job["kind"]): Promise<Job[]>;
  /** Of every owner: what a restart has to go on with. */
  unfinished(): Promise<{ owner: Owner; job: Job }[]>;
}
