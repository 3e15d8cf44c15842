import type { Owner } from "../conversations/conversation.ts";
import { errorMessage } from "../errors.ts";
import type { Log } from "../log.ts";
import type { TaskCall } from "../ports/language-tasks.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { SummaryStore } from "../ports/summary-store.ts";
import type { UserStore } from "../ports/user-store.ts";
import type { ConversationSummaries } from "./conversation-summaries.ts";
import { DAY_MS } from "./period.ts";
import { isRefusal, type PeriodSummaries } from "./period-summaries.ts";

export interface SummaryScheduleDependencies {
  users: Pick<UserStore, "list">;
  summaries: Pick<SummaryStore, "due">;
  ofConversations: Pick<ConversationSummaries, "summary">;
  ofPeriods: Pick<PeriodSummaries, "work">;
  leadership: Leadership;
  log: Log;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A start has enough to do at first. */
const FIRST_LOOK_MS = 60_000;
const LOOK_EVERY_MS = 10 * 60_000;
/** Between runs while there is more to do, so that a long list takes turns with all else. */
const MORE_AFTER_MS = 2000;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** Summaries of each kind that one run makes for an owner, so that nobody waits long for his turn. */
const MOST_A_RUN = 10;
/** A conversation that is shorter is its own summary; words do not count where no space parts them. */
const LEAST = { words: 400, messages: 20 };
/** Rests so long before it is summarised. */
const QUIET_MS = 3_600_000;
/** Older conversations are summarised when somebody asks: an import of years would cost thousands of calls. */
const LOOK_BACK_MS = 70 * DAY_MS;

/**
 * Makes summaries in the background, in one process of all that share the rows. What is due is read from the rows, so
 * that nothing is lost by a restart and time that was missed is caught up.
 */
export class SummarySchedule {
  readonly #dependencies: SummaryScheduleDependencies;
  readonly #stop = new AbortController();
  /** Conversations that the models refuse, with the owner. */
  readonly #refused = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(dependencies: SummaryScheduleDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    const { leadership, log } = this.#dependencies;
    this.#running = leadership
      .withLeadership("summaries", (signal) => this.#run(signal), this.#stop.signal)
      .catch((error: unknown) => log.error(`Summaries stopped: ${errorMessage(error)}`));
  }

  /** Calls off what is under way; it is made after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { log, sleep } = this.#dependencies;
    let failures = 0;
    let pause = FIRST_LOOK_MS;
    for (;;) {
      await sleep(pause, signal);
      if (signal.aborted) return;
      try {
        const hasMore = await this.#look(signal);
        if (failures > 0) log.info("Summaries are made again");
        failures = 0;
        pause = hasMore ? MORE_AFTER_MS : LOOK_EVERY_MS;
      } catch (error) {
        if (signal.aborted) return;
        pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
        // Once for each outage: an hour of silence of a provider is one line.
        if (failures === 0) log.warn(`Summaries wait and are tried again: ${errorMessage(error)}`);
        failures += 1;
      }
    }
  }

  /** Some work for every owner; whether there is more. */
  async #look(signal: AbortSignal): Promise<boolean> {
    let hasMore = false;
    for (const owner of await this.#dependencies.users.list()) {
      signal.throwIfAborted();
      const call = { owner, background: true, signal };
      const periods = await this.#dependencies.ofPeriods.work(MOST_A_RUN, call);
      const conversations = await this.#conversations(owner, call);
      if (periods + conversations > 0) {
        this.#dependencies.log.info(
          `Wrote summaries of ${conversations} conversations and ${periods} days, weeks and months`,
        );
      }
      hasMore ||= periods === MOST_A_RUN || conversations === MOST_A_RUN;
    }
    return hasMore;
  }

  async #conversations(owner: Owner, call: TaskCall): Promise<number> {
    const { summaries, clock, ofConversations, log } = this.#dependencies;
    const now = clock();
    const level = "daily";
    const limit = MOST_A_RUN + this.#refused.size;
    const times = { since: now - LOOK_BACK_MS, quietBefore: now - QUIET_MS };
    const due = await summaries.due(owner, { level, ...LEAST, ...times, limit });
    let made = 0;
    for (const id of due) {
      const key = JSON.stringify([owner, id]);
      if (made === MOST_A_RUN || this.#refused.has(key)) continue;
      call.signal.throwIfAborted();
      try {
        await ofConversations.summary(id, level, call);
        made += 1;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#refused.add(key);
        log.warn(`No summary of a conversation until the next start: ${errorMessage(error)}`);
      }
    }
    return made;
  }
}
