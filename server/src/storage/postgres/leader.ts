import { errorMessage } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Leadership } from "../../core/ports/leadership.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { PostgresDatabase } from "./database.ts";
import { SessionConnection } from "./session-connection.ts";

export interface PostgresLeadershipOptions {
  database: PostgresDatabase;
  log: Log;
  /** 0 to 1. */
  random: () => number;
  /** How often one that does not lead looks whether it may, milliseconds. */
  lookMs?: number;
}

const LOOK_MS = 5_000;

/**
 * An advisory lock of a session chooses the leader: PostgreSQL gives it to one, and takes it back when the session
 * ends, however it ended. After a break of the network both sides notice within some seconds; the work of a leader must
 * bear that for this long two may believe to lead.
 */
export class PostgresLeadership implements Leadership {
  readonly #options: PostgresLeadershipOptions;

  constructor(options: PostgresLeadershipOptions) {
    this.#options = options;
  }

  async withLeadership(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, random, lookMs = LOOK_MS } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const term = new AbortController();
      const connection = await this.#connect(name, term).catch((error: unknown) => {
        if (failures === 0) log.warn(`Who leads ${name} cannot be asked: ${errorMessage(error)}`);
        return null;
      });
      failures = connection === null ? failures + 1 : 0;
      const outcome =
        connection === null
          ? "waiting"
          : await this.#term(name, { connection, term, work, signal });
      if (outcome === "done") return;
      await pause(
        failures > 0 ? backoffMs(failures, random) : outcome === "lost" ? 0 : lookMs,
        signal,
      );
    }
  }

  async #connect(name: string, term: AbortController): Promise<SessionConnection> {
    return await SessionConnection.open({
      pool: this.#options.database.pool,
      purpose: `leader of ${name}`,
      onLost: () => term.abort(),
    });
  }

  async #term(
    name: string,
    { connection, term, work, signal }: Term,
  ): Promise<"done" | "lost" | "waiting"> {
    try {
      if (!(await this.#isChosen(name, connection))) return "waiting";
      this.#options.log.info(`This controller leads ${name}`);
      await work(AbortSignal.any([term.signal, signal]));
      return term.signal.aborted && !signal.aborted ? "lost" : "done";
    } finally {
      await connection.close();
    }
  }

  async #isChosen(name: string, connection: SessionConnection): Promise<boolean> {
    try {
      const { rows } = await connection.query(
        "SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS chosen",
        [this.#options.database.schema, `leader ${name}`],
      );
      return rows[0]?.chosen === true;
    } catch {
      // The connection broke between: asked again after a pause.
      return false;
    }
  }
}

interface Term {
  connection: SessionConnection;
  term: AbortController;
  work: (signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}
