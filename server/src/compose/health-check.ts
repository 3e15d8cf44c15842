import type { Health } from "@sekha/sdk/contract";
import { errorMessage } from "../core/errors.ts";

export interface HealthDependencies {
  checkRows: () => Promise<void>;
  checkVectors: () => Promise<void>;
  /** Resolves when the model is loaded, rejects when it never will be. */
  modelReady: () => Promise<void>;
  version: string;
  /** Milliseconds since the epoch. */
  clock: () => number;
  startedAt: number;
}

type Check = Health["checks"][string];

/** Scrapers may ask often; the rows are written to at most so often. */
const REUSE_MS = 2000;
const CHECK_TIMEOUT_MS = 5000;

/** `unhealthy` only when the rows cannot be read and written (decisions.md 9). */
export class HealthCheck {
  readonly #dependencies: HealthDependencies;
  #last: { at: number; health: Promise<Health> } | null = null;

  constructor(dependencies: HealthDependencies) {
    this.#dependencies = dependencies;
  }

  health(): Promise<Health> {
    const now = this.#dependencies.clock();
    if (this.#last === null || now - this.#last.at > REUSE_MS) {
      this.#last = { at: now, health: this.#look(now) };
    }
    return this.#last.health;
  }

  async #look(now: number): Promise<Health> {
    const { checkRows, checkVectors, modelReady, version, startedAt } = this.#dependencies;
    const [database, vectors, embedder] = await Promise.all([
      outcome(checkRows(), "error", CHECK_TIMEOUT_MS),
      outcome(checkVectors(), "degraded", CHECK_TIMEOUT_MS),
      outcome(modelReady(), "degraded", 1),
    ]);
    const healthy = vectors.status === "ok" && embedder.status === "ok";
    const status = database.status === "error" ? "unhealthy" : healthy ? "healthy" : "degraded";
    return {
      status,
      version,
      uptime_seconds: Math.floor((now - startedAt) / 1000),
      timestamp: new Date(now).toISOString(),
      // Clients of v1 look for "chroma": it is whatever holds the vectors.
      checks: { database, vectors, chroma: vectors, embedder },
    };
  }
}

async function outcome(
  work: Promise<void>,
  failure: "error" | "degraded",
  timeoutMs: number,
): Promise<Check> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeoutMs);
  try {
    const first = await Promise.race([work, late]);
    if (first !== "late") return { status: "ok" };
    return { status: failure, error: timeoutMs < 100 ? "still loading" : "no answer in time" };
  } catch (error) {
    return { status: failure, error: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}
