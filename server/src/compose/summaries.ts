import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import { ConversationSummaries } from "../core/summaries/conversation-summaries.ts";
import { PeriodSummaries } from "../core/summaries/period-summaries.ts";
import { SummarySchedule } from "../core/summaries/summary-schedule.ts";
import type { Logger } from "../logger.ts";
import type { Stores } from "./stores.ts";

interface SummaryOptions {
  stores: Pick<Stores, "rows" | "leadership">;
  tasks: LanguageTasks;
  log: Logger;
}

/** Summaries on demand, and the schedule that makes them in the background once it is started. */
export function composeSummaries({ stores, tasks, log }: SummaryOptions): {
  ofConversations: ConversationSummaries;
  schedule: SummarySchedule;
} {
  const { rows, leadership } = stores;
  const { conversations: store, summaries, users } = rows;
  const shared = { store, summaries, tasks, clock: () => Date.now(), newId: () => randomUUID() };
  const ofConversations = new ConversationSummaries(shared);
  const schedule = new SummarySchedule({
    ...{ users, summaries, ofConversations, leadership, log, clock: shared.clock },
    ofPeriods: new PeriodSummaries({ ...shared, log }),
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined),
  });
  return { ofConversations, schedule };
}
