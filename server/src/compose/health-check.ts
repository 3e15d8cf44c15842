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
const CHECK_LIMIT = { timeoutMs: 5000, late: "no answer in time" };
/** Loading takes seconds, and a check does not wait for it. */
const LOADING_LIMIT = { timeoutMs: 1, late: "still loading" };

/** `unhealthy` only when the rows cannot be read and written (decisions.md 9). */
export class HealthCheck {
  readonly #dependencies: HealthDependencies;
  #last: { at: number; health: Promise<Health> } | null = null;

  constructor(dependencies: HealthDependencies) {
    this.#dependencies = dependencies;
  }

  health(): Promise<Health> {
    const now = this.#dependencies.clock();
    if (this.#last === null || Math.abs(now - this.#last.at) > REUSE_MS) {
      this.#last = { at: now, health: this.#look(now) };
    }
    return this.#last.health;
  }

  async #look(now: number): Promise<Health> {
    const { checkRows, checkVectors, modelReady, version, startedAt } = this.#dependencies;
    const [database, vectors, embedder] = await Promise.all([
      outcome(checkRows, "error", CHECK_LIMIT),
      outcome(checkVectors, "degraded", CHECK_LIMIT),
      outcome(modelReady, "degraded", LOADING_LIMIT),
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
  check: () => Promise<void>,
  failure: "error" | "degraded",
  limit: { timeoutMs: number; late: string },
): Promise<Check> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), limit.timeoutMs);
  try {
    const first = await Promise.race([check(), late]);
    if (first !== "late") return { status: "ok" };
    return { status: failure, error: limit.late };
  } catch (error) {
    return { status: failure, error: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}
