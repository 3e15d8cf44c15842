import { parentPort, workerData } from "node:worker_threads";
import type { WorkerReply, WorkerRequest } from "../worker-protocol.ts";

// Follows the worker protocol without a model. What a text says is what happens:
// "crash" ends the thread, "fail" fails the job, "hold" is never answered; all else gives one chunk
// whose tokens are the text's length. Started with "crash", it ends while loading.

const port = parentPort;
if (port) {
  if (workerData === "crash") process.exit(7);
  const reply = (message: WorkerReply) => port.postMessage(message);
  port.on("message", (request: WorkerRequest) => {
    if (request.kind === "close") return port.close();
    const { id } = request;
    if (request.kind === "embed") {
      return reply({ kind: "done", id, output: Float32Array.from(request.input) });
    }
    const text = request.input;
    if (text === "crash") process.exit(7);
    if (text === "fail") return reply({ kind: "failed", id, message: "told to fail" });
    if (text === "hold") return undefined;
    const chunk = { start: 0, end: text.length, tokenIds: Int32Array.of(text.length) };
    return reply({ kind: "done", id, output: [chunk] });
  });
  reply({ kind: "ready", runtime: "onnxruntime-web", warnings: [] });
}
