import { createHash } from "node:crypto";
import { errorMessage } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { backoffMs, pause } from "./backoff.ts";
import type { PostgresDatabase } from "./database.ts";
import { SessionConnection } from "./session-connection.ts";

/** What controllers on one database tell each other. */
export type Topic = "keys";

export interface NotificationsOptions {
  database: PostgresDatabase;
  log: Log;
  /** Unique among the controllers: what it tells is not told to itself. */
  instance: string;
  /** 0 to 1. */
  random: () => number;
}

/**
 * LISTEN and NOTIFY. What was told while the connection was away is lost: after each new connection every listener is
 * called as if all had changed.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #stopping = new AbortController();
  #connection: SessionConnection | null = null;
  #running: Promise<void> | null = null;
  #isListening = Promise.withResolvers<void>();

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /** Calls back when another controller told of the topic; answers how to stop it. */
  on(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Listens from now on; connects again by itself. Resolves once it listens for the first time. */
  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#isListening.promise;
  }

  async tell(topic: Topic): Promise<void> {
    const told = [this.#channel(), `${topic} ${this.#options.instance}`];
    await this.#options.database.asService((session) =>
      session.rows("SELECT pg_notify($1, $2)", told),
    );
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#isListening.resolve();
    await this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, random } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      const lost = Promise.withResolvers<void>();
      try {
        await this.#listen(lost.resolve);
        failures = 0;
        await Promise.race([lost.promise, aborted(signal)]);
      } catch (error) {
        if (failures === 0) log.warn(`Other controllers cannot be heard: ${errorMessage(error)}`);
        failures += 1;
      }
      await this.#connection?.close();
      this.#connection = null;
      await pause(backoffMs(failures, random), signal);
    }
  }

  async #listen(onLost: () => void): Promise<void> {
    const { database } = this.#options;
    const connection = await SessionConnection.open({
      pool: database.pool,
      purpose: "listener",
      onLost,
    });
    this.#connection = connection;
    connection.onNotification((payload) => this.#hear(payload));
    await connection.listen(this.#channel());
    this.#isListening.resolve();
    for (const topic of this.#listeners.keys()) this.#call(topic);
  }

  #hear(payload: string): void {
    const [topic, instance] = payload.split(" ");
    if (instance === this.#options.instance) return;
    // A newer controller may tell of what this one does not know.
    this.#call(topic as Topic);
  }

  #call(topic: Topic): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  /** One for each schema; a name has 63 bytes at most. */
  #channel(): string {
    const hash = createHash("sha256").update(this.#options.database.schema).digest("hex");
    return `sekha_${hash.slice(0, 16)}`;
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
