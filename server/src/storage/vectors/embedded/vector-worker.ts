import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { errorMessage, isSekhaError } from "../../../core/errors.ts";
import { VectorEngine } from "./vector-engine.ts";
import type { WorkerAnswer, WorkerCalls, WorkerOptions, WorkerRequest } from "./worker-protocol.ts";

/** The thread that holds the vectors. It answers requests until it is closed. */
function serve(port: MessagePort, options: WorkerOptions): void {
  const answer = (message: WorkerAnswer) => port.postMessage(message);
  let engine: Promise<VectorEngine> | undefined;
  // Opened by the first request, and again by the next when that fails: the database may not
  // be there yet.
  const opened = () => {
    engine ??= VectorEngine.open({
      ...options,
      now: () => performance.now(),
      log: (level, message) => answer({ kind: "log", level, message }),
    }).catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    return engine;
  };
  const stopMaintenance = maintain(
    options.pollMs,
    async () => {
      await (await engine)?.maintain();
    },
    answer,
  );

  port.on("message", async (request: WorkerRequest) => {
    try {
      if (request.call === "close") {
        await stopMaintenance();
        await (await engine)?.close();
        answer({ kind: "done", id: request.id, output: undefined });
        port.close();
        return;
      }
      answer({ kind: "done", id: request.id, output: await perform(await opened(), request) });
    } catch (error) {
      answer({ kind: "failed", id: request.id, ...failure(error) });
    }
  });
}

function perform(
  engine: VectorEngine,
  request: WorkerRequest,
): Promise<WorkerCalls[keyof WorkerCalls]["output"]> {
  switch (request.call) {
    case "search":
      return engine.search(request.input);
    case "similarities":
      return engine.similarities(request.input);
    case "remove":
      return engine.remove(request.input);
    case "warm":
      return engine.warm(request.input);
    case "collections":
      return engine.collections(request.input);
    case "check":
      return engine.check();
    case "close":
      return engine.close();
  }
}

function failure(error: unknown): Pick<WorkerAnswer & { kind: "failed" }, "code" | "message"> {
  return isSekhaError(error)
    ? { code: error.code, message: error.message }
    : { code: "unavailable", message: `vector search is not available: ${errorMessage(error)}` };
}

/** Runs a task again and again, never two at once; returns what ends that. */
function maintain(
  everyMs: number,
  task: () => Promise<void>,
  answer: (message: WorkerAnswer) => void,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= task()
      .catch((error: unknown) =>
        // The next search meets the same trouble and reports it to its caller.
        answer({
          kind: "log",
          level: "warn",
          message: `vectors could not be brought up to date: ${errorMessage(error)}`,
        }),
      )
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

if (parentPort !== null) {
  serve(parentPort, workerData as WorkerOptions);
}
