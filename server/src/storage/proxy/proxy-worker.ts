import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "../sqlite/connection.ts";
import { refuseForeignFile } from "../sqlite/foreign-file.ts";
import { migrate } from "../sqlite/migrate.ts";
import { toWireError } from "../sqlite/wire-error.ts";
import { CLOSE, type Reply, type Request, type WorkerSetup } from "../sqlite/worker-protocol.ts";
import { PROXY_MIGRATIONS } from "./proxy-migrations.ts";
import { PROXY_OPERATIONS } from "./proxy-operations.ts";

const CACHE_MEGABYTES = 4;
/** What was erased is overwritten (decisions.md 34); a new log does not wait for the disk but where it is asked to. */
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
`;
/** Who asks for these relies on them after a power cut. Other changes may be lost then: they are made again. */
const DURABLE = new Set(["spool", "forget", "forgetOwner"]);
/** After these the log is emptied, so that nothing erased remains in it. */
const ERASING = new Set(["forget", "forgetOwner", "expire"]);

/** The one thread of `proxy.db`. */
function start(): void {
  const port = parentPort;
  if (port === null) throw new Error("proxy-worker runs as a worker thread");
  const answer = (reply: Reply) => port.postMessage(reply);
  let connection: Connection;
  try {
    connection = open(workerData as WorkerSetup);
  } catch (error) {
    answer({ kind: "ready", error: toWireError(error) });
    return;
  }
  port.on("message", (message: Request | typeof CLOSE) => {
    if (message !== CLOSE) {
      answer(perform(connection, message));
      return;
    }
    connection.close();
    port.close();
  });
  answer({ kind: "ready" });
}

function open({ file }: WorkerSetup): Connection {
  refuseForeignFile(file);
  const connection = new Connection(file, { readOnly: false, cacheMegabytes: CACHE_MEGABYTES });
  migrate(connection, file, PROXY_MIGRATIONS);
  connection.database.exec(PRAGMAS);
  return connection;
}

function perform(connection: Connection, { id, name, argument }: Request): Reply {
  const { database } = connection;
  const operations: Readonly<Record<string, unknown>> = PROXY_OPERATIONS;
  try {
    const operation = operations[name];
    if (typeof operation !== "function") throw new Error(`No operation of the proxy is ${name}`);
    database.exec(`PRAGMA synchronous = ${DURABLE.has(name) ? "FULL" : "NORMAL"}`);
    database.exec("BEGIN IMMEDIATE");
    const value: unknown = operation(connection, argument);
    database.exec("COMMIT");
    if (ERASING.has(name)) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return { kind: "result", id, value };
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    return { kind: "error", id, error: toWireError(error) };
  }
}

start();
