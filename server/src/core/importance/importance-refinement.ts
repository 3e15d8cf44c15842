import { excerptOf, readBothEnds } from "../conversations/both-ends.ts";
import { errorMessage, isSekhaError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { DueConversation, ImportanceWork } from "../ports/importance-work.ts";
import type { LanguageTasks } from "../ports/language-tasks.ts";
import { importanceOf } from "./message-importance.ts";

export interface RefinementOptions {
  /** A conversation is judged when nothing was appended for so long, in milliseconds. */
  quietMs: number;
  /** Calls of the model an hour, at most. */
  perHour: number;
}

export interface RefinementDependencies {
  work: ImportanceWork;
  store: Pick<ConversationStore, "messages">;
  tasks: Pick<LanguageTasks, "hasChatModel" | "score">;
  log: Log;
  clock: () => number;
  /** Resolves early when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  options: RefinementOptions;
}

/** Version 1's shares of rules and model. */
const RULES_SHARE = 0.3;
const MODEL_SHARE = 0.7;

const HOUR_MS = 3_600_000;
const LOOK_MS = 60_000;
/** One that a model failed at is left alone for so long, so that it does not keep the others waiting. */
const FAILED_MS = 6 * HOUR_MS;
const LOOKED_AT = 50;

/**
 * Has a chat model judge conversations that rules have judged: one call for a conversation that came to rest, never one
 * for a message. What is left to do stands in the rows, so that a restart loses nothing.
 */
export class ImportanceRefinement {
  readonly #dependencies: RefinementDependencies;
  /** When a conversation may be tried again. */
  readonly #failed = new Map<string, number>();
  #failures = 0;

  constructor(dependencies: RefinementDependencies) {
    this.#dependencies = dependencies;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, sleep } = this.#dependencies;
    while (!signal.aborted) {
      const pause = await this.#step(signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn(`Importance was not judged: ${errorMessage(error)}`);
        return LOOK_MS;
      });
      if (!signal.aborted) await sleep(pause, signal);
    }
  }

  /** Judges one conversation at most; milliseconds until the next. */
  async #step(signal: AbortSignal): Promise<number> {
    const { tasks, work, clock, options } = this.#dependencies;
    if (!(await tasks.hasChatModel())) return LOOK_MS;
    const now = clock();
    for (const [id, until] of this.#failed) if (until <= now) this.#failed.delete(id);
    // Those set aside may be the newest ones.
    const limit = LOOKED_AT + this.#failed.size;
    const due = await work.due(now - options.quietMs, limit);
    const next = due.find(({ id }) => !this.#failed.has(id));
    if (next === undefined) return LOOK_MS;
    return this.#judge(next, signal);
  }

  async #judge(due: DueConversation, signal: AbortSignal): Promise<number> {
    const { work, clock, log, options } = this.#dependencies;
    const pace = HOUR_MS / options.perHour;
    try {
      const score = await this.#score(due, signal);
      await work.note(due.owner, due.id, { score, messages: due.messageCount });
      this.#failures = 0;
      return score === null ? 0 : pace;
    } catch (error) {
      signal.throwIfAborted();
      // Deleted since it was found.
      if (isSekhaError(error) && error.code === "not_found") return 0;
      this.#failed.set(due.id, clock() + FAILED_MS);
      this.#failures += 1;
      log.warn(`A model could not judge the importance of ${due.id}: ${errorMessage(error)}`);
      return Math.max(pace, Math.min(HOUR_MS, LOOK_MS * 2 ** Math.min(this.#failures, 10)));
    }
  }

  /** Null when there is nothing to judge. */
  async #score(due: DueConversation, signal: AbortSignal): Promise<number | null> {
    const { store, tasks } = this.#dependencies;
    const messages = await readBothEnds(store, due.owner, due.id);
    const byRules = importanceOf(messages);
    if (byRules === null) return null;
    const call = { owner: due.owner, background: true, signal };
    const { score, method, reasoning } = await tasks.score(excerptOf(messages), call);
    if (method !== "model") throw new Error(reasoning);
    return Math.round((RULES_SHARE * byRules + MODEL_SHARE * score) * 10) / 10;
  }
}
