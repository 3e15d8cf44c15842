import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import { costSums, settleOrphans, spentByKey, spentSince, writeCosts } from "./cost-writes.ts";
import { refuseForeignFile } from "./foreign-file.ts";
import { migrate } from "./migrate.ts";
import { toWireError } from "./wire-error.ts";
import { CLOSE, type Reply, type Request, type WorkerSetup } from "./worker-protocol.ts";

const CACHE_MEGABYTES = 4;
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
`;

/** What a file for spending alone is asked, by the names of the memory's operations. */
const OPERATIONS: Readonly<Record<string, (connection: Connection, argument: never) => unknown>> = {
  writeCosts: (connection, { changes }: { changes: Parameters<typeof writeCosts>[1] }) =>
    writeCosts(connection, changes),
  settleCostOrphans: (connection) => settleOrphans(connection),
  costSpentSince: (
    connection,
    { owner, ...options }: { owner: string } & Parameters<typeof spentSince>[2],
  ) => spentSince(connection, owner, options),
  costSpentByKey: (connection, { since }: { since: string }) => spentByKey(connection, since),
  costSums: (
    connection,
    { owner, ...options }: { owner: string | null } & Parameters<typeof costSums>[2],
  ) => costSums(connection, owner, options),
};

/**
 * The one thread of a bridge alone: it reads and writes, one after the other, since groups of costs come twenty times a
 * second at most and reports are rare. A second thread costs 30 MB.
 */
function start(): void {
  const port = parentPort;
  if (port === null) throw new Error("cost-worker runs as a worker thread");
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
  migrate(connection, file);
  connection.database.exec(PRAGMAS);
  return connection;
}

/** In one transaction: a group of changes is written as a whole or not at all. */
function perform(connection: Connection, { id, name, argument }: Request): Reply {
  const { database } = connection;
  try {
    const operation = OPERATIONS[name];
    if (operation === undefined) throw new Error(`No operation on costs is called ${name}`);
    database.exec("BEGIN IMMEDIATE");
    const value = operation(connection, argument as never);
    database.exec("COMMIT");
    return { kind: "result", id, value };
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    return { kind: "error", id, error: toWireError(error) };
  }
}

start();
