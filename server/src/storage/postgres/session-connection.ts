import pg from "pg";

export interface SessionConnectionOptions {
  /** Its settings: server, login, keep-alive. */
  pool: pg.Pool;
  purpose: string;
  /** Called once when it is gone, whoever ended it. */
  onLost: () => void;
}

const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5_000;

/**
 * A connection with the pool's settings that takes none of its places: for what lasts long. An error beside a statement
 * is not thrown; the statement rejects too.
 */
export async function connectBeside(
  pool: pg.Pool,
  purpose: string,
  queryTimeoutMs: number,
): Promise<pg.Client> {
  const { connectionString, connectionTimeoutMillis, types, application_name } = pool.options;
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis,
    types,
    application_name: `${application_name ?? "sekha"} ${purpose}`,
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/**
 * One connection held for long, for what lives as long as a session: advisory locks and LISTEN. It asks now and then
 * whether the server still answers, so that one that vanished without a word is noticed. Not for PgBouncer in
 * transaction mode, which shares sessions.
 */
export class SessionConnection {
  readonly #client: pg.Client;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onLost: () => void;
  #isLost = false;

  private constructor(client: pg.Client, onLost: () => void) {
    this.#client = client;
    this.#onLost = onLost;
    client.on("error", () => this.#lose());
    client.on("end", () => this.#lose());
    this.#heartbeat = setInterval(() => this.#ask(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Rejects when the server cannot be reached. */
  static async open({
    pool,
    purpose,
    onLost,
  }: SessionConnectionOptions): Promise<SessionConnection> {
    return new SessionConnection(await connectBeside(pool, purpose, ANSWER_MS), onLost);
  }

  async query(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return await this.#client.query(text, values);
  }

  onNotification(listener: (payload: string) => void): void {
    this.#client.on("notification", ({ payload }) => listener(payload ?? ""));
  }

  async listen(channel: string): Promise<void> {
    await this.#client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  /** Without `onLost`. */
  async close(): Promise<void> {
    this.#isLost = true;
    clearInterval(this.#heartbeat);
    await this.#client.end().catch(() => undefined);
  }

  #ask(): void {
    this.#client.query("SELECT 1").catch(() => this.#lose());
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    clearInterval(this.#heartbeat);
    this.#client.end().catch(() => undefined);
    this.#onLost();
  }
}
