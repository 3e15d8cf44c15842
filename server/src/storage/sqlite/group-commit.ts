import { type OperationContext, WRITES } from "./operations.ts";
import { BUSY_TIMEOUT_MS } from "./sql-connection.ts";
import { toWireError } from "./wire-error.ts";
import type { Reply, Request } from "./worker-protocol.ts";

export interface GroupCommitDependencies {
  context: OperationContext;
  answer: (reply: Reply) => void;
  /** Milliseconds from any start. */
  clock: () => number;
}

type Operation = (context: OperationContext, a: never) => unknown;

const MAXIMUM_GROUP = 256;
const GROUP_TIME_MS = 40;
const CHECKPOINT_WAIT_MS = 50;
const FIRST_CHECKPOINT_DELAY_MS = 500;
const LAST_CHECKPOINT_DELAY_MS = 30_000;

/**
 * Commits writes in groups: all that wait share one transaction and one fsync, each in a
 * savepoint of its own, and nobody is answered before the commit.
 */
export class GroupCommit {
  readonly #context: OperationContext;
  readonly #answer: (reply: Reply) => void;
  readonly #clock: () => number;
  readonly #waiting: Request[] = [];
  #scheduled = false;
  #erasing = false;
  #checkpointDelayMs = FIRST_CHECKPOINT_DELAY_MS;

  constructor(dependencies: GroupCommitDependencies) {
    this.#context = dependencies.context;
    this.#answer = dependencies.answer;
    this.#clock = dependencies.clock;
  }

  add(request: Request): void {
    this.#waiting.push(request);
    this.#schedule();
  }

  /** Everything that waits, now. */
  finish(): void {
    while (this.#waiting.length > 0) this.#commitGroup();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the messages that have arrived already, so that they share the commit.
    setImmediate(() => {
      this.#scheduled = false;
      this.#commitGroup();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitGroup(): void {
    const { database } = this.#context.connection;
    const replies: Reply[] = [];
    const taken: Request[] = [];
    const started = this.#clock();
    try {
      database.exec("BEGIN IMMEDIATE");
      while (taken.length < MAXIMUM_GROUP && this.#clock() - started < GROUP_TIME_MS) {
        const request = this.#waiting.shift();
        if (request === undefined) break;
        taken.push(request);
        replies.push(this.#perform(request));
      }
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      this.#refuse(taken, error);
      return;
    }
    for (const reply of replies) this.#answer(reply);
    if (taken.some(({ name }) => name === "delete" || name === "eraseUser")) this.#eraseLog();
  }

  #perform(request: Request): Reply {
    const { database } = this.#context.connection;
    const operation = (WRITES as Record<string, Operation>)[request.name];
    database.exec("SAVEPOINT operation");
    try {
      if (operation === undefined) throw new Error(`No write is called ${request.name}`);
      this.#context.write.now = Date.now();
      const value = operation(this.#context, request.argument as never);
      database.exec("RELEASE operation");
      return { kind: "result", id: request.id, value };
    } catch (error) {
      // A full disk may have ended the whole transaction: then every write of the group failed.
      if (!database.isTransaction) throw error;
      database.exec("ROLLBACK TO operation; RELEASE operation");
      return { kind: "error", id: request.id, error: toWireError(error) };
    }
  }

  #refuse(taken: readonly Request[], cause: unknown): void {
    // Without a transaction nobody was taken, and what kept it away keeps it from all who wait.
    const failed = taken.length > 0 ? taken : this.#waiting.splice(0);
    const error = toWireError(cause);
    for (const request of failed) this.#answer({ kind: "error", id: request.id, error });
  }

  /** What was deleted still stands in the write-ahead log until it is emptied. */
  #eraseLog(): void {
    this.#checkpointDelayMs = FIRST_CHECKPOINT_DELAY_MS;
    if (this.#erasing) return;
    this.#erasing = true;
    setImmediate(() => this.#checkpoint());
  }

  #checkpoint(): void {
    if (this.#emptiedLog()) {
      this.#erasing = false;
      return;
    }
    setTimeout(() => this.#checkpoint(), this.#checkpointDelayMs).unref();
    this.#checkpointDelayMs = Math.min(2 * this.#checkpointDelayMs, LAST_CHECKPOINT_DELAY_MS);
  }

  #emptiedLog(): boolean {
    const { connection } = this.#context;
    // Readers in the middle of a query make it busy: better to come back than to make writes wait.
    connection.database.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT_MS}`);
    try {
      const [row] = connection.rows<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)");
      return row?.busy === 0;
    } catch {
      // A full disk: the log stays as it is, and the next try may find space.
      return false;
    } finally {
      connection.database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }
}
