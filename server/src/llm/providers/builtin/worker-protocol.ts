import type { ChunkLimits, TokenChunk } from "./chunker.ts";
import type { CheckedFile, RuntimeChoice, RuntimeName } from "./embedding-runtime.ts";

/** What a worker thread is started with (`workerData`). */
export interface WorkerSettings {
  model: CheckedFile;
  tokenizer: CheckedFile;
  limits: ChunkLimits;
  runtime: RuntimeChoice | undefined;
  /** Nice value of the thread, 0 (normal) to 19 (last); only Linux has one per thread. */
  niceness: number;
  /** Of a `BusyFlag`. */
  busy: SharedArrayBuffer;
}

/** A chunk of a text, to be sent back as an `embed` job. */
export type TokenizedChunk = Omit<TokenChunk, "tokenIds"> & { tokenIds: Int32Array<ArrayBuffer> };

/** The jobs of a worker: what goes in, what comes out. */
export interface WorkerJobs {
  chunk: { input: string; output: TokenizedChunk[] };
  /** The vector of a text of one chunk, else its chunks: every way between threads takes a search half a millisecond. */
  query: { input: string; output: Float32Array<ArrayBuffer> | TokenizedChunk[] };
  embed: { input: Int32Array<ArrayBuffer>; output: Float32Array<ArrayBuffer> };
}

export type JobKind = keyof WorkerJobs;

export type JobRequest = {
  [Kind in JobKind]: { kind: Kind; id: number; input: WorkerJobs[Kind]["input"] };
}[JobKind];

export type WorkerRequest = JobRequest | { kind: "close" };

export type WorkerReply =
  | ({ kind: "ready" } & ReadyDetails)
  /** Loading failed; the worker ends. */
  | { kind: "broken"; message: string }
  | { kind: "done"; id: number; output: WorkerJobs[JobKind]["output"] }
  | { kind: "failed"; id: number; message: string };

export interface ReadyDetails {
  runtime: RuntimeName;
  /** What a person should know, e.g. why the slower runtime was taken. */
  warnings: string[];
}
