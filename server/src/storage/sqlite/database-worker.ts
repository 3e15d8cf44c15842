import { randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { refuseForeignFile } from "./foreign-file.ts";
import { FullText } from "./full-text.ts";
import { GroupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import { type OperationContext, READS } from "./operations.ts";
import { toWireError } from "./wire-error.ts";
import { CLOSE, type Reply, type Request, type WorkerSetup } from "./worker-protocol.ts";

const CACHE_MEGABYTES = { writer: 64, reader: 128 };
const WRITER_PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;
`;

/** Costs alone and the proxy's file have workers of their own. */
type Role = Exclude<WorkerSetup["role"], "costs" | "proxy">;

function open({ file, role }: WorkerSetup & { role: Role }): OperationContext {
  if (role === "writer") refuseForeignFile(file);
  const connection = new Connection(file, {
    readOnly: role === "reader",
    cacheMegabytes: CACHE_MEGABYTES[role],
  });
  if (role === "writer") {
    migrate(connection, file);
    connection.database.exec(WRITER_PRAGMAS);
  }
  return {
    connection,
    fullText: new FullText(connection),
    write: { now: 0, newId: () => randomUUID() },
  };
}

function serveReads(context: OperationContext, answer: (reply: Reply) => void) {
  const operations = READS as Record<string, (context: OperationContext, a: never) => unknown>;
  return (request: Request): void => {
    try {
      const operation = operations[request.name];
      if (operation === undefined) throw new Error(`No read is called ${request.name}`);
      const value = operation(context, request.argument as never);
      answer({ kind: "result", id: request.id, value });
    } catch (error) {
      answer({ kind: "error", id: request.id, error: toWireError(error) });
    }
  };
}

function start(): void {
  const port = parentPort;
  if (port === null) throw new Error("database-worker runs as a worker thread");
  const answer = (reply: Reply) => port.postMessage(reply);
  const setup = workerData as WorkerSetup & { role: Role };
  let context: OperationContext;
  try {
    context = open(setup);
  } catch (error) {
    answer({ kind: "ready", error: toWireError(error) });
    return;
  }
  const close = () => {
    context.connection.close();
    port.close();
  };
  if (setup.role === "reader") {
    const serve = serveReads(context, answer);
    port.on("message", (message: Request | typeof CLOSE) =>
      message === CLOSE ? close() : serve(message),
    );
  } else {
    const group = new GroupCommit({ context, answer, clock: () => performance.now() });
    port.on("message", (message: Request | typeof CLOSE) => {
      if (message === CLOSE) {
        group.finish();
        close();
      } else group.add(message);
    });
  }
  answer({ kind: "ready" });
}

start();
