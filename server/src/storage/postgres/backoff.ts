import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 100;
const LAST_MS = 5_000;

/** Milliseconds before attempt number `attempt`, counted from 0: doubled each time, half of it by chance. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2);
}

/** Resolves after the time, or at once when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
