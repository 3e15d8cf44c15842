import { errorMessage, isSekhaError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { LanguageTasks } from "../ports/language-tasks.ts";

export interface PaceOptions {
  /** A conversation is worked on when nothing was appended for so long, in milliseconds. */
  quietMs: number;
  /** Calls of the model an hour, at most. */
  perHour: number;
}

export interface PacedWorkDependencies<Item> {
  /** What is to do, as the rows say it: what was last updated at `quietBefore` or earlier, the most urgent first. */
  due: (quietBefore: number, limit: number) => Promise<Item[]>;
  /** False: no model was asked. Rejects with `not_found` for what was deleted since it was found. */
  work: (item: Item, signal: AbortSignal) => Promise<boolean>;
  tasks: Pick<LanguageTasks, "hasChatModel">;
  log: Log;
  clock: () => number;
  /** Resolves early when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  options: PaceOptions;
  /** For warnings: `could not … c1`. */
  verb: string;
}

const HOUR_MS = 3_600_000;
const LOOK_MS = 60_000;
/** One that a model failed at is left alone for so long, so that it does not keep the others waiting. */
const FAILED_MS = 6 * HOUR_MS;
const LOOKED_AT = 50;

/**
 * Has a chat model work on conversations one by one in the background, at most so many an hour. What is left to do is
 * asked each time, so that a restart loses nothing; only failures are remembered here.
 */
export class PacedWork<Item extends { id: string }> {
  readonly #dependencies: PacedWorkDependencies<Item>;
  /** When a conversation may be tried again. */
  readonly #failed = new Map<string, number>();
  #failures = 0;

  constructor(dependencies: PacedWorkDependencies<Item>) {
    this.#dependencies = dependencies;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, sleep, verb } = this.#dependencies;
    while (!signal.aborted) {
      const pause = await this.#step(signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn(`Could not ${verb} conversations: ${errorMessage(error)}`);
        return LOOK_MS;
      });
      if (!signal.aborted) await sleep(pause, signal);
    }
  }

  /** Works on one conversation at most; milliseconds until the next. */
  async #step(signal: AbortSignal): Promise<number> {
    const { tasks, due, clock, options } = this.#dependencies;
    if (!(await tasks.hasChatModel())) return LOOK_MS;
    const now = clock();
    for (const [id, until] of this.#failed) if (until <= now) this.#failed.delete(id);
    // Those set aside may be the newest ones.
    const found = await due(now - options.quietMs, LOOKED_AT + this.#failed.size);
    const next = found.find(({ id }) => !this.#failed.has(id));
    return next === undefined ? LOOK_MS : this.#workOn(next, signal);
  }

  async #workOn(item: Item, signal: AbortSignal): Promise<number> {
    const { work, clock, log, options, verb } = this.#dependencies;
    const pace = HOUR_MS / options.perHour;
    try {
      const hasAsked = await work(item, signal);
      this.#failures = 0;
      return hasAsked ? pace : 0;
    } catch (error) {
      signal.throwIfAborted();
      if (isSekhaError(error) && error.code === "not_found") return 0;
      this.#failed.set(item.id, clock() + FAILED_MS);
      this.#failures += 1;
      log.warn(`A model could not ${verb} ${item.id}: ${errorMessage(error)}`);
      return Math.max(pace, Math.min(HOUR_MS, LOOK_MS * 2 ** Math.min(this.#failures, 10)));
    }
  }
}
