import { excerptOf, readBothEnds } from "../conversations/both-ends.ts";
import { PacedWork, type PaceOptions } from "../conversations/paced-work.ts";
import type { Log } from "../log.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { DueConversation, ImportanceWork } from "../ports/importance-work.ts";
import type { LanguageTasks } from "../ports/language-tasks.ts";
import { importanceOf } from "./message-importance.ts";

interface RefinementDependencies {
  work: ImportanceWork;
  store: Pick<ConversationStore, "messages">;
  tasks: Pick<LanguageTasks, "hasChatModel" | "score">;
  log: Log;
  clock: () => number;
  /** Resolves early when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  options: PaceOptions;
}

/** Version 1's shares of rules and model. */
const RULES_SHARE = 0.3;
const MODEL_SHARE = 0.7;

/**
 * Has a chat model judge conversations that rules have judged: one call for a conversation that came to rest, never one
 * for a message. What is left to do stands in the rows, so that a restart loses nothing.
 */
export class ImportanceRefinement {
  readonly #dependencies: RefinementDependencies;
  readonly #paced: PacedWork<DueConversation>;

  constructor(dependencies: RefinementDependencies) {
    this.#dependencies = dependencies;
    const { work, tasks, log, clock, sleep, options } = dependencies;
    this.#paced = new PacedWork({
      due: (quietBefore, limit) => work.due(quietBefore, limit),
      work: (due, signal) => this.#judge(due, signal),
      ...{ tasks, log, clock, sleep, options, verb: "judge the importance of" },
    });
  }

  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#paced.run(signal);
  }

  async #judge(due: DueConversation, signal: AbortSignal): Promise<boolean> {
    const score = await this.#score(due, signal);
    const judgement = { score, messages: due.messageCount };
    await this.#dependencies.work.note(due.owner, due.id, judgement);
    return score !== null;
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
