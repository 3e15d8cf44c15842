import type { PostgresDatabase } from "./database.ts";
import type { Session } from "./session.ts";

const SIGN_OF_LIFE_MS = 30_000;
const SILENT_SECONDS = 120;
const FORGOTTEN_DAYS = 7;

/** A condition: the process in this column gave no sign for two minutes. */
export function isDead(column: string): string {
  return `NOT EXISTS (
    SELECT 1 FROM processes
    WHERE processes.id = ${column} AND seen_at > now() - make_interval(secs => ${SILENT_SECONDS})
  )`;
}

/** This process as others on the database see it: what it holds is taken from it only after it has gone silent. */
export class LiveProcess {
  readonly id: string;
  readonly #database: PostgresDatabase;
  readonly #tidy: (session: Session) => Promise<unknown>;
  #signs: NodeJS.Timeout | undefined;
  #first: Promise<void> | undefined;

  /** `tidy` is run with every sign, in its transaction: it takes from dead processes what they held. */
  constructor(
    database: PostgresDatabase,
    { id, tidy }: { id: string; tidy: (session: Session) => Promise<unknown> },
  ) {
    this.#database = database;
    this.id = id;
    this.#tidy = tidy;
  }

  /** To be called before it holds anything. */
  async live(): Promise<void> {
    this.#first ??= this.#begin();
    await this.#first;
  }

  /** What it still holds is free for others. */
  async end(): Promise<void> {
    if (this.#first === undefined) return;
    clearInterval(this.#signs);
    await this.#database
      .asService((session) => session.execute("DELETE FROM processes WHERE id = $1", [this.id]))
      // Without it, two minutes pass.
      .catch(() => undefined);
  }

  async #begin(): Promise<void> {
    try {
      await this.#sign();
    } catch (error) {
      this.#first = undefined;
      throw error;
    }
    this.#signs = setInterval(() => {
      // One may fail: three more come before the process counts as dead.
      this.#sign().catch(() => undefined);
    }, SIGN_OF_LIFE_MS).unref();
  }

  async #sign(): Promise<void> {
    await this.#database.asService(async (session) => {
      await session.execute(
        `INSERT INTO processes (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
        [this.id],
      );
      await session.execute(
        "DELETE FROM processes WHERE seen_at < now() - make_interval(days => $1)",
        [FORGOTTEN_DAYS],
      );
      await this.#tidy(session);
    });
  }
}
