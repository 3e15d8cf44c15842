import { setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { chunkText } from "./chunker.ts";
import {
  type CheckedFile,
  type EmbeddingRuntime,
  loadEmbeddingRuntime,
  readCheckedFile,
} from "./embedding-runtime.ts";
import { BusyFlag } from "./exit-guard.ts";
import { prepareText } from "./text-preparation.ts";
import { WordPieceTokenizer } from "./word-piece.ts";
import type {
  JobRequest,
  TokenizedChunk,
  WorkerReply,
  WorkerRequest,
  WorkerSettings,
} from "./worker-protocol.ts";

// The entry of a worker thread: loads the model once, then does one job after another.

if (parentPort) await serve(parentPort, workerData);

async function serve(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const busy = new BusyFlag(settings.busy);
  let engine: Engine;
  try {
    engine = await busy.hold(() => loadEngine(settings, busy));
  } catch (error) {
    reply(port, {
      kind: "broken",
      message: error instanceof Error ? error.message : String(error),
    });
    port.close();
    return;
  }
  // Only now: loading may start the process's pool of file threads, which would inherit the priority.
  const warnings = lowerPriority(settings.niceness);
  if (engine.runtime.fallbackReason !== undefined) {
    warnings.push(
      `onnxruntime-node does not start here, so the several times slower onnxruntime-web is used: ${engine.runtime.fallbackReason}`,
    );
  }
  let last = Promise.resolve();
  port.on("message", (request: WorkerRequest) => {
    last = last.then(() =>
      request.kind === "close" ? close(port, engine) : work(port, engine, request),
    );
  });
  reply(port, { kind: "ready", runtime: engine.runtime.name, warnings });
}

interface Engine {
  runtime: EmbeddingRuntime;
  tokenizer: WordPieceTokenizer;
  settings: WorkerSettings;
  busy: BusyFlag;
}

async function loadEngine(settings: WorkerSettings, busy: BusyFlag): Promise<Engine> {
  const [runtime, tokenizer] = await Promise.all([
    loadEmbeddingRuntime(settings.model, settings.runtime),
    loadTokenizer(settings.tokenizer),
  ]);
  return { runtime, tokenizer, settings, busy };
}

async function loadTokenizer(file: CheckedFile): Promise<WordPieceTokenizer> {
  const { model } = JSON.parse((await readCheckedFile(file)).toString("utf8"));
  return new WordPieceTokenizer(new Map(Object.entries<number>(model.vocab)));
}

/** On Linux a nice value belongs to a thread; elsewhere it would slow the whole process. */
function lowerPriority(niceness: number): string[] {
  if (niceness === 0 || process.platform !== "linux") return [];
  try {
    setPriority(0, niceness);
    return [];
  } catch (error) {
    return [`Background embedding keeps normal priority: ${String(error)}`];
  }
}

async function work(port: MessagePort, engine: Engine, request: JobRequest): Promise<void> {
  const { id } = request;
  try {
    const output = await outputOf(engine, request);
    const buffers = Array.isArray(output)
      ? output.map(({ tokenIds }) => tokenIds.buffer)
      : [output.buffer];
    reply(port, { kind: "done", id, output }, buffers);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply(port, { kind: "failed", id, message });
  }
}

async function outputOf(
  engine: Engine,
  request: JobRequest,
): Promise<Float32Array<ArrayBuffer> | TokenizedChunk[]> {
  if (request.kind === "embed") return busyEmbed(engine, request.input);
  const chunks = chunk(engine, request.input);
  const [only, ...others] = chunks;
  if (request.kind === "chunk" || only === undefined || others.length > 0) return chunks;
  return busyEmbed(engine, only.tokenIds);
}

async function busyEmbed(
  { runtime, busy }: Engine,
  tokenIds: Int32Array,
): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await busy.hold(() => runtime.embed(tokenIds)));
}

function chunk({ tokenizer, settings }: Engine, text: string): TokenizedChunk[] {
  const chunks = chunkText(prepareText(text), tokenizer, settings.limits);
  return chunks.map((part) => ({ ...part, tokenIds: Int32Array.from(part.tokenIds) }));
}

async function close(port: MessagePort, { runtime }: Engine): Promise<void> {
  await runtime.close();
  port.close();
}

function reply(port: MessagePort, message: WorkerReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
