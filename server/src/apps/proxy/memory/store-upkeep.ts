import type { Log } from "../../../core/log.ts";
import type { ProxyStore } from "../../../core/ports/proxy-store.ts";
import type { MemoryClient } from "./memory-client.ts";
import { fatesOf } from "./unwanted-blocks.ts";

/** Conversations that nobody went on with for so long are recognised no more. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
const TIMEOUT_MS = 30_000;

interface UpkeepDependencies {
  store: ProxyStore;
  clientOf: (owner: string) => MemoryClient;
  clock: () => number;
  log: Log;
}

/**
 * Takes out of the store what is old, and what cites or belongs to conversations that were deleted meanwhile: also of
 * those that nobody goes on with.
 */
export async function upkeep(dependencies: UpkeepDependencies, signal: AbortSignal): Promise<void> {
  const { store, clientOf, clock, log } = dependencies;
  await store.expire(clock() - KEPT_MS);
  for (const { owner, conversationIds } of await store.mentioned()) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const fates = await fatesOf(clientOf(owner), conversationIds, deadline);
    const deleted = [...(fates ?? [])].filter(([, fate]) => fate === "deleted").map(([id]) => id);
    if (deleted.length === 0) continue;
    await store.forget(owner, deleted);
    log.info(`The proxy forgot ${deleted.length} conversations that the memory has no more`);
  }
}
