import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BusyFlag } from "./exit-guard.ts";

describe("a process that ends without closing the model", () => {
  it.each(["loading", "running"])("keeps its exit code while a worker is %s", async (phase) => {
    const fixture = new URL("./__fixtures__/exit-while-embedding.ts", import.meta.url);
    const child = spawn(process.execPath, [fileURLToPath(fixture), phase], { stdio: "ignore" });
    expect(await once(child, "exit")).toEqual([3, null]);
  });
});

describe("BusyFlag", () => {
  it("gives the result of the work it holds for", async () => {
    expect(await new BusyFlag().hold(async () => 7)).toBe(7);
  });

  it("refuses new work once stopped, and stopping an idle worker does not wait", async () => {
    const owner = new BusyFlag();
    const worker = new BusyFlag(owner.memory);
    await expect(worker.hold(() => Promise.reject(new Error("own failure")))).rejects.toThrow(
      "own",
    );
    owner.stop();
    await expect(worker.hold(async () => 7)).rejects.toThrow("The process is ending");
  });
});
