import { costSums, settleOrphans, spentByKey, spentSince, writeCosts } from "./cost-writes.ts";
import { refuseForeignFile } from "./foreign-file.ts";
import { migrate } from "./migrate.ts";
import { inTransaction, replyTo, runRequestLoop } from "./request-loop.ts";
import { SqlConnection } from "./sql-connection.ts";
import type { Request, WorkerSetup } from "./worker-protocol.ts";

const CACHE_MEGABYTES = 4;
const PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
`;

/** What a file for spending alone is asked, by the names of the memory's operations. */
const OPERATIONS: Readonly<
  Record<string, (connection: SqlConnection, argument: never) => unknown>
> = {
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
runRequestLoop((setup, answer) => {
  const connection = open(setup);
  return {
    handle: (request) => answer(replyTo(request, () => perform(connection, request))),
    close: () => connection.close(),
  };
});

function open({ file }: WorkerSetup): SqlConnection {
  refuseForeignFile(file);
  const connection = new SqlConnection(file, { readOnly: false, cacheMegabytes: CACHE_MEGABYTES });
  migrate(connection, file);
  connection.database.exec(PRAGMAS);
  return connection;
}

function perform(connection: SqlConnection, { name, argument }: Request): unknown {
  const operation = OPERATIONS[name];
  if (operation === undefined) throw new Error(`No operation on costs is called ${name}`);
  return inTransaction(connection, () => operation(connection, argument as never));
}
