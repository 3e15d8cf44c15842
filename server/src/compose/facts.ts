import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { errorMessage } from "../core/errors.ts";
import { FactExtraction } from "../core/facts/fact-extraction.ts";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import type { Logger } from "../logger.ts";
import type { Stores } from "./stores.ts";

interface ExtractionParts {
  config: Pick<Config, "facts">;
  stores: Pick<Stores, "rows" | "leadership">;
  tasks: LanguageTasks;
  log: Logger;
}

const MINUTE_MS = 60_000;

/** One controller of those that share the rows has facts found by the model. Resolves when it has ended. */
export async function extractFacts(
  { config, stores, tasks, log }: ExtractionParts,
  signal: AbortSignal,
): Promise<void> {
  const { extract, quietMinutes, perHour } = config.facts;
  if (!extract) return;
  const { conversations, facts } = stores.rows;
  const extraction = new FactExtraction({
    ...{ facts, store: conversations, tasks, log },
    clock: () => Date.now(),
    sleep: (milliseconds, stop) =>
      delay(milliseconds, undefined, { signal: stop, ref: false }).catch(() => undefined),
    options: { quietMs: quietMinutes * MINUTE_MS, perHour },
  });
  await stores.leadership
    .withLeadership("facts", (term) => extraction.run(term), signal)
    .catch((error: unknown) => log.error(`Facts are not extracted: ${errorMessage(error)}`));
}
