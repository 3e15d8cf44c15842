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

/** What every KeyStore must do. */
export function describeKeyStore(name: string, open: StoresFactory): void {
  const key = {
    id: "1",
    owner: "o",
    name: "laptop",
    prefix: "sk-",
    createdAt: 1,
    lastUsedAt: null,
    revokedAt: null,
  };
  describe(`${name} as a KeyStore`, () => {
    const check = testWith(open);
    check("a key is found by its hash until it is revoked by id or name", async ({ keys }) => {
      expect(await keys.any()).toBe(false);
      await keys.create(key, "h1");
      await keys.create({ ...key, id: "2", createdAt: 2 }, "h2");
      expect(await keys.find("h1")).toEqual(key);
      expect(await keys.find("h3")).toBeNull();
      await keys.touch("1", 7);
      expect((await keys.list("o")).map((entry) => entry.lastUsedAt)).toEqual([7, null]);
      expect((await keys.revoke("o", "1", 8)).revokedAt).toBe(8);
      expect(await keys.find("h1")).toBeNull();
      expect((await keys.revoke("o", "laptop", 9)).id).toBe("2");
      expect(await keys.any()).toBe(false);
      await expect(keys.revoke("o", "laptop", 9)).rejects.toMatchObject({ code: "not_found" });
    });
    check("a hash is stored once", async ({ keys }) => {
      await keys.create(key, "h");
      await expect(keys.create({ ...key, id: "2" }, "h")).rejects.toMatchObject({
        code: "conflict",
      });
    });
  });
}
