import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { unitLength } from "./embedding-runtime.ts";

describe("loadEmbeddingRuntime", () => {
  it("takes onnxruntime-web where onnxruntime-node is not installed, and says why", async () => {
    const fixture = new URL("./__fixtures__/without-onnxruntime-node.ts", import.meta.url);
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [fileURLToPath(fixture)]);
    expect(JSON.parse(stdout)).toEqual({
      name: "onnxruntime-web",
      fallbackReason: "Cannot find onnxruntime-node",
      dimension: 384,
      nodeOnly: "Error: Cannot find onnxruntime-node",
    });
  });
});

describe("unitLength", () => {
  it("scales a vector to length 1", () => {
    expect(unitLength(Float32Array.of(3, 4))).toEqual(Float32Array.of(0.6, 0.8));
  });

  it.each([
    [Float32Array.of(0, 0)],
    [Float32Array.of(1, Number.NaN)],
    [Float32Array.of(Number.POSITIVE_INFINITY, 1)],
  ])("refuses a vector without a direction: %j", (vector) => {
    expect(() => unitLength(vector)).toThrow("without a direction");
  });
});
