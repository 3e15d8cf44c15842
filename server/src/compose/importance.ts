import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { errorMessage } from "../core/errors.ts";
import { ImportanceRefinement } from "../core/importance/importance-refinement.ts";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import type { Logger } from "../logger.ts";
import type { Stores } from "./stores.ts";

interface RefinementParts {
  config: Pick<Config, "importance">;
  stores: Pick<Stores, "rows" | "leadership">;
  tasks: LanguageTasks;
  log: Logger;
}

const MINUTE_MS = 60_000;

/** One controller of those that share the rows has importance judged by the model. Resolves when it has ended. */
export async function refineImportance(
  { config, stores, tasks, log }: RefinementParts,
  signal: AbortSignal,
): Promise<void> {
  const { refine, quietMinutes, perHour } = config.importance;
  if (!refine) return;
  const { conversations, importance } = stores.rows;
  const refinement = new ImportanceRefinement({
    ...{ work: importance, store: conversations, tasks, log },
    clock: () => Date.now(),
    sleep: (milliseconds, stop) =>
      delay(milliseconds, undefined, { signal: stop, ref: false }).catch(() => undefined),
    options: { quietMs: quietMinutes * MINUTE_MS, perHour },
  });
  await stores.leadership
    .withLeadership("importance", (term) => refinement.run(term), signal)
    .catch((error: unknown) => log.error(`Importance is not judged: ${errorMessage(error)}`));
}
