import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

export type RuntimeName = "onnxruntime-node" | "onnxruntime-web";

/** `node` or `wasm` takes that one or fails; without a choice the faster one that loads. */
export type RuntimeChoice = "node" | "wasm";

/** A file and the SHA-256 (hex) that it must have. */
export interface CheckedFile {
  path: string;
  sha256: string;
}

/** The transformer in this thread: token ids in, unit vector out. */
export interface EmbeddingRuntime {
  readonly name: RuntimeName;
  /** Why the faster runtime was passed over. */
  readonly fallbackReason: string | undefined;
  /** One text, special tokens included. Rejects when the model gives no usable vector. */
  embed(tokenIds: ArrayLike<number>): Promise<Float32Array>;
  close(): Promise<void>;
}

type Onnx = Pick<typeof import("onnxruntime-web"), "InferenceSession" | "Tensor">;

/** Loads the model; `onnxruntime-web` gives the same vectors (cosine ≥ .995), several times slower. */
export async function loadEmbeddingRuntime(
  model: CheckedFile,
  choice?: RuntimeChoice,
): Promise<EmbeddingRuntime> {
  const bytes = await readCheckedFile(model);
  if (choice === "wasm") return loadWasmRuntime(bytes, undefined);
  try {
    return await loadNodeRuntime(bytes);
  } catch (error) {
    if (choice === "node") throw error;
    return await loadWasmRuntime(bytes, messageOf(error));
  }
}

/** Reads a file of the model package; a missing or damaged one is an error that says what to do. */
export async function readCheckedFile({ path, sha256 }: CheckedFile): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(`The embedded model cannot be read (${messageOf(error)}). ${REINSTALL}`, {
      cause: error,
    });
  }
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256) {
    throw new Error(
      `The embedded model's file ${path} is damaged (SHA-256 ${actual}, expected ${sha256}). ${REINSTALL}`,
    );
  }
  return bytes;
}

const REINSTALL = "Reinstall the package @sekha/model-minilm (`npm install --force`) and restart.";

async function loadNodeRuntime(model: Uint8Array): Promise<EmbeddingRuntime> {
  const onnx = await import("onnxruntime-node");
  return createRuntime(onnx, model, { name: "onnxruntime-node", fallbackReason: undefined });
}

async function loadWasmRuntime(
  model: Uint8Array,
  fallbackReason: string | undefined,
): Promise<EmbeddingRuntime> {
  const onnx = await import("onnxruntime-web");
  onnx.env.wasm.numThreads = 1;
  return createRuntime(onnx, model, { name: "onnxruntime-web", fallbackReason });
}

async function createRuntime(
  { InferenceSession, Tensor }: Onnx,
  model: Uint8Array,
  identity: Pick<EmbeddingRuntime, "name" | "fallbackReason">,
): Promise<EmbeddingRuntime> {
  // One thread a session: parallelism comes from several workers, and a second thread inside a
  // session gains a quarter while it takes a core from HTTP and SQLite (docs/decisions).
  const session = await InferenceSession.create(model, {
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const int64 = (values: BigInt64Array) => new Tensor("int64", values, [1, values.length]);
  return {
    ...identity,
    async embed(tokenIds) {
      const ids = BigInt64Array.from(tokenIds, BigInt);
      const { last_hidden_state: output } = await session.run({
        input_ids: int64(ids),
        attention_mask: int64(new BigInt64Array(ids.length).fill(1n)),
        token_type_ids: int64(new BigInt64Array(ids.length)),
      });
      const states = output?.data;
      if (!(states instanceof Float32Array)) throw new Error("The embedded model gave no output");
      return unitLength(meanRow(states, ids.length));
    },
    close: () => session.release(),
  };
}

/** Mean pooling; with one text per run nothing is masked. */
function meanRow(values: Float32Array, rows: number): Float32Array {
  const width = values.length / rows;
  const mean = new Float32Array(width);
  for (let index = 0; index < values.length; index += 1) {
    mean[index % width] = (mean[index % width] ?? 0) + (values[index] ?? 0) / rows;
  }
  return mean;
}

/** Scales to length 1. Throws for a vector without a direction (zero, NaN, infinite). */
export function unitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (!(length > 0 && Number.isFinite(length))) {
    throw new Error("The embedded model gave a vector without a direction");
  }
  return vector.map((value) => value / length);
}

/** The worker must not import the server's modules, so this is its own. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
