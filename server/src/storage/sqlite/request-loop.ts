import { parentPort, workerData } from "node:worker_threads";
import type { SqlConnection } from "./sql-connection.ts";
import { toWireError } from "./wire-error.ts";
import { CLOSE, type Reply, type Request, type WorkerSetup } from "./worker-protocol.ts";

/** What a database thread does once its file is open. */
export interface RequestHandler {
  /** Answers through the `answer` that `open` was given, now or later. */
  handle(request: Request): void;
  /** Finishes what was asked, and closes the file. */
  close(): void;
}

/**
 * The life of a database thread: opens the file, says so or why not, and serves one request after the other until told
 * to close.
 */
export function runRequestLoop(
  open: (setup: WorkerSetup, answer: (reply: Reply) => void) => RequestHandler,
): void {
  const port = parentPort;
  if (port === null) throw new Error("A database is served by a worker thread");
  const answer = (reply: Reply) => port.postMessage(reply);
  let handler: RequestHandler;
  try {
    handler = open(workerData as WorkerSetup, answer);
  } catch (error) {
    answer({ kind: "ready", error: toWireError(error) });
    return;
  }
  port.on("message", (message: Request | typeof CLOSE) => {
    if (message !== CLOSE) {
      handler.handle(message);
      return;
    }
    handler.close();
    port.close();
  });
  answer({ kind: "ready" });
}

/** The reply to a request: what `work` answers or why it failed. */
export function replyTo({ id }: Request, work: () => unknown): Reply {
  try {
    return { kind: "result", id, value: work() };
  } catch (error) {
    return { kind: "error", id, error: toWireError(error) };
  }
}

/** Written as a whole or not at all. */
export function inTransaction<T>({ database }: SqlConnection, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const value = work();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    // A full disk may have ended it already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
