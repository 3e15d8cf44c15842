import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { WorkerPool } from "./worker-pool.ts";

const SCRIPTED = new URL("./__fixtures__/scripted-worker.ts", import.meta.url);
const pools: WorkerPool[] = [];

function createPool(start: () => Worker = () => new Worker(SCRIPTED)) {
  const warnings: string[] = [];
  const pool = new WorkerPool({
    label: "document",
    size: 1,
    depth: 1,
    start,
    restartDelay: () => 1,
    log: { info: () => undefined, warn: (message) => warnings.push(message) },
  });
  pools.push(pool);
  return { pool, warnings };
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe("WorkerPool", () => {
  it("does the jobs that came before the worker was loaded", async () => {
    const { pool } = createPool();
    const [chunk] = await pool.run("chunk", "four");
    expect(chunk).toEqual({ start: 0, end: 4, tokenIds: Int32Array.of(4) });
    expect(await pool.run("embed", Int32Array.of(1, 2))).toEqual(Float32Array.of(1, 2));
  });

  it("rejects the job that crashed its worker and goes on with a new one", async () => {
    const { pool, warnings } = createPool();
    const crashing = pool.run("chunk", "crash");
    const waiting = pool.run("chunk", "next");
    await expect(crashing).rejects.toMatchObject({
      code: "embedding_unavailable",
      retryAfterSeconds: 1,
      message: expect.stringContaining("code 7"),
    });
    expect(await waiting).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining("restart in 1 ms")]);
  });

  it("recovers again and again", async () => {
    const { pool } = createPool();
    for (let round = 0; round < 3; round += 1) {
      await expect(pool.run("chunk", "crash")).rejects.toThrow("stopped");
      expect(await pool.run("chunk", "fine")).toHaveLength(1);
    }
  });

  it("tells waiting jobs when restarts do not help", async () => {
    let mode = "fine";
    const { pool } = createPool(() => new Worker(SCRIPTED, { workerData: mode }));
    await pool.ready();
    mode = "crash";
    const jobs = ["crash", "waiting"].map((text) => pool.run("chunk", text));
    expect(await Promise.allSettled(jobs)).toMatchObject([
      { reason: { code: "embedding_unavailable", message: expect.stringContaining("code 7") } },
      { reason: { code: "embedding_unavailable", message: expect.stringContaining("keeps") } },
    ]);
  });

  it("gives up when the worker never loads", async () => {
    const { pool } = createPool(() => new Worker(SCRIPTED, { workerData: "crash" }));
    const waiting = pool.run("chunk", "waiting");
    await expect(waiting).rejects.toMatchObject({ code: "embedding_unavailable" });
    await expect(pool.ready()).rejects.toThrow("stopped 3 times while it was loading");
    await expect(pool.run("chunk", "later")).rejects.toThrow("while it was loading");
  });

  it("rejects only the job that failed", async () => {
    const { pool, warnings } = createPool();
    await expect(pool.run("chunk", "fail")).rejects.toMatchObject({
      code: "internal",
      message: "Embedding failed: told to fail",
    });
    expect(await pool.run("chunk", "fine")).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it("takes an aborted job out of the queue", async () => {
    const { pool } = createPool();
    await pool.ready();
    const holding = pool.run("chunk", "hold");
    const abort = new AbortController();
    // Were it not taken out, it would crash the next worker.
    const aborted = pool.run("chunk", "crash", abort.signal);
    abort.abort(new Error("no longer needed"));
    await expect(aborted).rejects.toThrow("no longer needed");
    const closing = pool.close();
    await expect(holding).rejects.toThrow("shutting down");
    await closing;
  });

  it("lets the caller of a running job go at once when it aborts", async () => {
    const { pool } = createPool();
    await pool.ready();
    const abort = new AbortController();
    const held = pool.run("chunk", "hold", abort.signal);
    abort.abort(new Error("left"));
    await expect(held).rejects.toThrow("left");
    await expect(pool.run("chunk", "x", abort.signal)).rejects.toThrow("left");
  });

  it("rejects what is asked after closing", async () => {
    const { pool } = createPool();
    await pool.close();
    await expect(pool.run("chunk", "late")).rejects.toMatchObject({
      code: "embedding_unavailable",
    });
  });
});
