import { describe, expect } from "vitest";
import type { Job } from "../../core/ports/job-store.ts";
import type { StoresFactory } from "./stores.ts";
import { testWith } from "./with-stores.ts";

function jobOf(changes: Partial<Job>): Job {
  return {
    id: "j",
    kind: "import",
    state: "queued",
    progress: { done: 0, total: 3 },
    detail: { cursor: 1 },
    error: null,
    createdAt: 1,
    updatedAt: 1,
    ...changes,
  };
}

/** What every JobStore must do. */
export function describeJobStore(name: string, open: StoresFactory): void {
  describe(`${name} as a JobStore`, () => {
    const check = testWith(open);
    check(
      "a job is stored, changed, listed newest first and found after a restart",
      async ({ jobs }) => {
        await jobs.put("o", jobOf({}));
        await jobs.put("o", jobOf({ id: "k", state: "done", createdAt: 2 }));
        const changed = jobOf({
          state: "running",
          progress: { done: 2, total: 3 },
          detail: {},
          error: "e",
          updatedAt: 9,
        });
        await jobs.put("o", changed);
        expect(await jobs.get("o", "j")).toEqual(changed);
        expect((await jobs.list("o", 9)).map((job) => job.id)).toEqual(["k", "j"]);
        expect(await jobs.list("o", 1)).toHaveLength(1);
        await jobs.put("o", jobOf({ id: "l", kind: "prune", state: "done", createdAt: 1 }));
        expect((await jobs.list("o", 1, "prune")).map((job) => job.id)).toEqual(["l"]);
        expect(await jobs.unfinished()).toEqual([{ owner: "o", job: changed }]);
        await expect(jobs.get("o", "none")).rejects.toMatchObject({ code: "not_found" });
      },
    );
    check("another owner's job cannot be overwritten", async ({ jobs }) => {
      await jobs.put("o", jobOf({}));
      await expect(jobs.put("p", jobOf({ state: "done" }))).rejects.toMatchObject({
        code: "conflict",
      });
      expect(await jobs.get("o", "j")).toEqual(jobOf({}));
    });
  });
}
