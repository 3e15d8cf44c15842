import { Connection } from "../sqlite/connection.ts";
import { refuseForeignFile } from "../sqlite/foreign-file.ts";
import { migrate } from "../sqlite/migrate.ts";
import { inTransaction, replyTo, runRequestLoop } from "../sqlite/request-loop.ts";
import type { Request, WorkerSetup } from "../sqlite/worker-protocol.ts";
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
runRequestLoop((setup, answer) => {
  const connection = open(setup);
  return {
    handle: (request) => answer(replyTo(request, () => perform(connection, request))),
    close: () => connection.close(),
  };
});

function open({ file }: WorkerSetup): Connection {
  refuseForeignFile(file);
  const connection = new Connection(file, { readOnly: false, cacheMegabytes: CACHE_MEGABYTES });
  migrate(connection, file, PROXY_MIGRATIONS);
  connection.database.exec(PRAGMAS);
  return connection;
}

function perform(connection: Connection, { name, argument }: Request): unknown {
  const { database } = connection;
  const operations: Readonly<Record<string, unknown>> = PROXY_OPERATIONS;
  const operation = operations[name];
  if (typeof operation !== "function") throw new Error(`No operation of the proxy is ${name}`);
  database.exec(`PRAGMA synchronous = ${DURABLE.has(name) ? "FULL" : "NORMAL"}`);
  const value: unknown = inTransaction(connection, () => operation(connection, argument));
  if (ERASING.has(name)) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return value;
}
