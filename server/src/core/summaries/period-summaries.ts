import type { Owner } from "../conversations/conversation.ts";
import { errorMessage, isSekhaError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ConversationStore } from "../ports/conversation-store.ts";
import type { LanguageTasks, TaskCall } from "../ports/language-tasks.ts";
import type {
  ConversationDay,
  PeriodSummary,
  SummaryLevel,
  SummarySources,
  SummaryStore,
} from "../ports/summary-store.ts";
import { Condensation, type Condensed } from "./condensation.ts";
import { DAY_MS, dateOf, type Period, periodOf } from "./period.ts";
import { isSpoken, messagesBetween, spokenText } from "./spoken-text.ts";

export interface PeriodSummariesDependencies {
  store: Pick<ConversationStore, "messages">;
  summaries: Pick<SummaryStore, "days" | "periods" | "savePeriod" | "remove">;
  tasks: LanguageTasks;
  log: Log;
  /** Milliseconds since the epoch. */
  clock: () => number;
  newId: () => string;
}

/** So far back it is looked for what is missing or changed: the last whole month always lies in it. */
const LOOK_BACK_DAYS = 70;
/** A day is over so long after its end, so that conversations over midnight come to rest. */
const SETTLED_MS = 3_600_000;
const DAYS_PAGE = 200;
/** Refused ones that are remembered, so that the same texts are not sent again and again. */
const MOST_REFUSED = 1000;

/** A period whose summary is missing or no longer true. */
interface Due extends Period {
  level: SummaryLevel;
  sources: SummarySources;
  make(condensation: Condensation): Promise<Condensed | null>;
}

/** What an owner talked about, by day; weeks are made of days and months of weeks. All in UTC. */
export class PeriodSummaries {
  readonly #dependencies: PeriodSummariesDependencies;
  readonly #refused = new Set<string>();

  constructor(dependencies: PeriodSummariesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes what is due, at most `limit`; answers how many were made, fewer when nothing is left. Rejects with the models'
   * error when they cannot be used now; what they refuse is passed over until it changes.
   */
  async work(limit: number, call: TaskCall): Promise<number> {
    let made = 0;
    for (const level of ["daily", "weekly", "monthly"] as const) {
      const due = await this.#due(level, call.owner);
      for (const one of due) {
        if (made === limit) return made;
        call.signal.throwIfAborted();
        if (await this.#make(one, call)) made += 1;
      }
    }
    return made;
  }

  /** Latest first; summaries for which there is no material any more are removed. */
  async #due(level: SummaryLevel, owner: Owner): Promise<Due[]> {
    const { summaries, clock } = this.#dependencies;
    const now = clock();
    const since = periodOf("weekly", now - LOOK_BACK_DAYS * DAY_MS).since;
    const until = periodOf("daily", now - SETTLED_MS).since;
    const stored = await summaries.periods(owner, level, since);
    // What was emptied is made again, however old it is.
    const oldest = Math.min(since, ...stored.map((one) => one.since));
    const material =
      level === "daily"
        ? await this.#ofDays(owner, { since: oldest, until })
        : await this.#ofShorter(owner, level, { since: oldest, until });
    const wanted = material.filter((one) => isWanted(one, { level, since, stored }));
    const current = new Map(wanted.map((one) => [one.since, one]));
    for (const one of stored) {
      if (!current.has(one.since)) await summaries.remove(owner, one.id);
    }
    const known = new Map(stored.map((one) => [one.since, one.sources]));
    return wanted
      .filter((one) => !isSame(one.sources, known.get(one.since) ?? null))
      .sort((one, other) => other.since - one.since);
  }

  async #ofDays(owner: Owner, range: Period): Promise<Due[]> {
    const days = Map.groupBy(await this.#days(owner, range), ({ day }) => day);
    return [...days].map(([day, spoken]) => ({
      ...periodOf("daily", day),
      level: "daily",
      sources: Object.fromEntries(spoken.map((one) => [one.conversationId, one.messages])),
      make: (condensation) => condensation.summary(this.#textsOf(owner, spoken), "daily"),
    }));
  }

  async #days(owner: Owner, range: Period): Promise<ConversationDay[]> {
    const found = new Map<string, ConversationDay>();
    let cursor: string | null = null;
    do {
      const page = { limit: DAYS_PAGE, cursor };
      const days: Awaited<ReturnType<SummaryStore["days"]>> =
        await this.#dependencies.summaries.days(owner, range, page);
      // One that is updated meanwhile comes twice.
      for (const one of days.items) found.set(`${one.conversationId} ${one.day}`, one);
      cursor = days.cursor;
    } while (cursor !== null);
    return [...found.values()];
  }

  /** Conversation by conversation; a model is told where one begins, rules would take the line for a sentence. */
  async *#textsOf(owner: Owner, spoken: readonly ConversationDay[]): AsyncGenerator<string> {
    const { store, tasks } = this.#dependencies;
    const withLabels = await tasks.hasChatModel();
    for (const { conversationId: id, label, day, first, last } of spoken) {
      if (withLabels) yield `[Conversation: ${label}]`;
      for await (const message of messagesBetween(store, owner, { id, first, last })) {
        const { timestamp } = message;
        const isOfDay = timestamp >= day && timestamp < day + DAY_MS;
        if (isOfDay && isSpoken(message)) yield spokenText(message);
      }
    }
  }

  async #ofShorter(
    owner: Owner,
    level: "weekly" | "monthly",
    { since, until }: Period,
  ): Promise<Due[]> {
    const shorter = level === "weekly" ? "daily" : "weekly";
    const stored = await this.#dependencies.summaries.periods(owner, shorter, since);
    const parts = stored.filter(({ sources }) => sources !== null);
    const groups = Map.groupBy(parts, (part) => periodOf(level, part.since).since);
    return [...groups]
      .map(([start, children]) => this.#ofParts({ ...periodOf(level, start), level }, children))
      .filter((one) => one.until <= until);
  }

  #ofParts(period: Period & { level: "weekly" | "monthly" }, parts: readonly PeriodSummary[]): Due {
    const [only] = parts;
    const texts = parts.map(({ since, text }) => `${dateOf(since)}: ${text}`);
    return {
      ...period,
      sources: Object.fromEntries(parts.map(({ id }) => [id, 1])),
      make: async (condensation) =>
        parts.length === 1 && only !== undefined
          ? { summary: only.text, model: only.model, method: only.method }
          : await condensation.summary(texts, period.level),
    };
  }

  async #make({ make, ...due }: Due, call: TaskCall): Promise<boolean> {
    const { summaries, tasks, newId, clock, log } = this.#dependencies;
    const key = JSON.stringify([call.owner, due.level, due.since, due.sources]);
    if (this.#refused.has(key)) return false;
    try {
      const made = await make(new Condensation(tasks, call));
      // Images alone, or deleted meanwhile: the next look sees it.
      if (made === null) return false;
      const { summary: text, model, method } = made;
      const summary = { ...due, id: newId(), text, model, method, generatedAt: clock() };
      return await summaries.savePeriod(call.owner, summary);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (this.#refused.size >= MOST_REFUSED) this.#refused.clear();
      this.#refused.add(key);
      log.warn(
        `No ${due.level} summary of ${dateOf(due.since)} until it changes: ${errorMessage(error)}`,
      );
      return false;
    }
  }
}

/** Of the days looked back to, and what was emptied. */
function isWanted(
  { since: start }: Period,
  {
    level,
    since,
    stored,
  }: { level: SummaryLevel; since: number; stored: readonly PeriodSummary[] },
): boolean {
  return start >= since || stored.some((one) => one.level === level && one.since === start);
}

function isSame(sources: SummarySources, known: SummarySources | null): boolean {
  if (known === null) return false;
  const ids = Object.keys(sources);
  return ids.length === Object.keys(known).length && ids.every((id) => sources[id] === known[id]);
}

/** The texts themselves are at fault: to send them again would be in vain. */
export function isRefusal(error: unknown): boolean {
  const codes = ["invalid_request", "context_length", "content_filtered", "not_found"];
  return isSekhaError(error) && codes.includes(error.code);
}
