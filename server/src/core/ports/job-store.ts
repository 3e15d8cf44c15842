import type { JsonObject, Owner } from "../conversations/conversation.ts";

export type JobState = "queued" | "running" | "done" | "failed";

/** Long work that outlives a request: rebuilds, imports. */
export interface Job {
  id: string;
  kind: "rebuild_embeddings" | "import";
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
  list(owner: Owner, limit: number): Promise<Job[]>;
  /** Of every owner: what a restart has to go on with. */
  unfinished(): Promise<{ owner: Owner; job: Job }[]>;
}
