import { randomUUID } from "node:crypto";
import { Connection } from "./connection.ts";
import { refuseForeignFile } from "./foreign-file.ts";
import { FullText } from "./full-text.ts";
import { GroupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import { type OperationContext, READS } from "./operations.ts";
import { replyTo, runRequestLoop } from "./request-loop.ts";
import type { Request, WorkerSetup } from "./worker-protocol.ts";

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

runRequestLoop((setup, answer) => {
  const context = open(setup as WorkerSetup & { role: Role });
  const close = () => context.connection.close();
  if (setup.role === "reader") {
    return { handle: (request) => answer(replyTo(request, () => read(context, request))), close };
  }
  const group = new GroupCommit({ context, answer, clock: () => performance.now() });
  return {
    handle: (request) => group.add(request),
    close: () => {
      group.finish();
      close();
    },
  };
});

function read(context: OperationContext, { name, argument }: Request): unknown {
  const operations = READS as Record<string, (context: OperationContext, a: never) => unknown>;
  const operation = operations[name];
  if (operation === undefined) throw new Error(`No read is called ${name}`);
  return operation(context, argument as never);
}
