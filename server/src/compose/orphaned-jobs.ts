import { setTimeout as delay } from "node:timers/promises";
import type { EmbeddingService } from "../core/embedding/embeddings.ts";
import { errorMessage } from "../core/errors.ts";
import type { Job } from "../core/ports/job-store.ts";
import type { Pruning } from "../core/pruning/pruning.ts";
import type { Logger } from "../logger.ts";
import type { Stores } from "./stores.ts";
import type { TransferService } from "./transfer-service.ts";

interface JobWork {
  log: Logger;
  stores: Pick<Stores, "shared" | "leadership">;
  transfer: Pick<TransferService, "closeOrphans">;
  pruning: Pick<Pruning, "closeOrphans">;
  embeddings: Pick<EmbeddingService, "adopt">;
}

/** A controller at work on a job notes its progress every second or two. */
const ORPHANED_MS = 120_000;
const LOOK_MS = 30_000;

/**
 * Takes care of jobs that nobody works on any more. Where the rows belong to this process, those are all that were not
 * finished, once at its start; where several share them, one looks now and then for those that have stood still.
 */
export async function goOnWithJobs(work: JobWork, signal: AbortSignal): Promise<void> {
  const { stores, log } = work;
  if (!stores.shared) return takeOver(work, () => true);
  const isOrphan = (job: Job) => Date.now() - job.updatedAt > ORPHANED_MS;
  stores.leadership
    .withLeadership(
      "jobs",
      async (term) => {
        while (!term.aborted) {
          await takeOver(work, isOrphan).catch((error: unknown) =>
            log.warn(`Jobs of other controllers could not be looked at: ${errorMessage(error)}`),
          );
          await delay(LOOK_MS, undefined, { signal: term }).catch(() => undefined);
        }
      },
      signal,
    )
    .catch((error: unknown) => log.error(`Nobody leads the jobs: ${errorMessage(error)}`));
}

async function takeOver(
  { transfer, pruning, embeddings }: JobWork,
  isOrphan: (job: Job) => boolean,
): Promise<void> {
  await transfer.closeOrphans(isOrphan);
  await pruning.closeOrphans(isOrphan);
  await embeddings.adopt(isOrphan);
}
