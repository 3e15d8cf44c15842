import { setTimeout as delay } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { AccessMode } from "./access-mode.ts";
import { isConnectionLost, isRepeatable, postgresError } from "./postgres-error.ts";
import { Session } from "./session.ts";
import { toStored } from "./stored-text.ts";

export interface DatabaseOptions {
  /** Where Sekha's tables are; other names are looked up in `public`. */
  schema: string;
  statementTimeoutMs: number;
  /** How long what may be repeated is repeated while the server is away. */
  retryForMs: number;
}

type Work<T> = (session: Session) => Promise<T>;

/** Whose rows a transaction sees: one owner's, everyone's, or (login) what the connection's own role may. */
type Scope = { kind: "owner"; owner: Owner } | { kind: "service" } | { kind: "login" };

const FIRST_DELAY_MS = 25;
const LAST_DELAY_MS = 500;
const MOST_REPEATS = 5;

/**
 * Every statement runs in a transaction that says whose rows it may see; row-level security holds it to that. The
 * work of a transaction that the server rolled back is done again, so it must have no effect but its statements.
 */
export class PostgresDatabase {
  readonly pool: Pool;
  readonly schema: string;
  readonly #options: DatabaseOptions;
  #access: AccessMode | null = null;

  constructor(pool: Pool, options: DatabaseOptions) {
    this.pool = pool;
    this.schema = options.schema;
    this.#options = options;
  }

  /** Null until the store has been opened. */
  get access(): AccessMode | null {
    return this.#access;
  }

  /** From now on transactions give up the login role's rights (access.ts). */
  useAccess(access: AccessMode): void {
    this.#access = access;
  }

  /** Sees and writes rows of this owner only. */
  async forOwner<T>(owner: Owner, work: Work<T>): Promise<T> {
    return await this.#transaction({ kind: "owner", owner }, work);
  }

  /** For jobs of all owners: queue claims, totals, finding a key. */
  async asService<T>(work: Work<T>): Promise<T> {
    return await this.#transaction({ kind: "service" }, work);
  }

  /** As the role that the URL names, for migrations and other changes of the schema. */
  async asLogin<T>(work: Work<T>): Promise<T> {
    return await this.#transaction({ kind: "login" }, work);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  async #transaction<T>(scope: Scope, work: Work<T>): Promise<T> {
    const start = performance.now();
    for (let repeats = 0; ; repeats += 1) {
      const attempt = { committing: false };
      try {
        return await this.#attempt(scope, work, attempt);
      } catch (error) {
        const waited = performance.now() - start;
        const lost = isConnectionLost(error) && !attempt.committing;
        const again = lost ? waited < this.#options.retryForMs : repeats < MOST_REPEATS;
        if (!again || !(lost || isRepeatable(error))) throw postgresError(error, attempt);
        await delay(Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** repeats) * (0.5 + Math.random()));
      }
    }
  }

  async #attempt<T>(scope: Scope, work: Work<T>, attempt: { committing: boolean }): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    try {
      // Not waited for: were it refused, the server would refuse everything after it too.
      const opened = client.query(this.#opening(scope));
      opened.catch(() => undefined);
      const [result] = await Promise.all([work(new Session(client)), opened]);
      attempt.committing = true;
      await client.query("COMMIT");
      return result;
    } catch (error) {
      broken ??= await rollBack(client, error);
      throw error;
    } finally {
      client.removeListener("error", onError);
      client.release(broken);
    }
  }

  /** One round trip: what it sets is gone with the transaction, so that poolers like PgBouncer may stand between. */
  #opening(scope: Scope): string {
    const settings: readonly [name: string, value: string][] = [
      ["search_path", `${quoteName(this.schema)}, public`],
      ["statement_timeout", String(this.#options.statementTimeoutMs)],
      ["sekha.owner", scope.kind === "owner" ? toStored(scope.owner) : ""],
      ["sekha.service", scope.kind === "service" ? "on" : ""],
    ];
    const calls = settings.map(
      ([name, value]) => `set_config(${quote(name)}, ${quote(value)}, true)`,
    );
    const role = this.#role(scope);
    return `BEGIN; ${role === null ? "" : `SET LOCAL ROLE ${quoteName(role)};`} SELECT ${calls.join(", ")}`;
  }

  #role(scope: Scope): string | null {
    if (scope.kind === "login") return null;
    if (this.#access === null) {
      throw new SekhaError("internal", "The database was used before its access was set up");
    }
    const { roles } = this.#access;
    if (roles === null) return null;
    return scope.kind === "owner" ? roles.owner : roles.service;
  }
}

/** The error that makes the connection useless, undefined when it can go back to the pool. */
async function rollBack(client: PoolClient, error: unknown): Promise<Error | undefined> {
  if (isConnectionLost(error)) return error as Error;
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (failure) {
    return failure as Error;
  }
}

/** A text as a literal, whatever `standard_conforming_strings` says. */
export function quote(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes("\\") ? ` E'${escaped.replaceAll("\\", "\\\\")}'` : `'${escaped}'`;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
