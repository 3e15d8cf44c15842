import { setTimeout as sleep } from "node:timers/promises";
import { isSekhaError } from "./core/errors.ts";
import {
  announceWanted,
  type DirectoryLock,
  type DirectoryOwner,
  directoryOwner,
  lockDirectory,
} from "./storage/data-directory.ts";

export const YIELD_PATH = "/stand-in/yield";

/** A stand-in answers what is under way first. */
const YIELD_MS = 20_000;
const LOOK_MS = 100;

/**
 * Takes the directory for this process. A stand-in that holds it, `sekha mcp` beside no server, is asked to let go.
 * @throws SekhaError `conflict` while a process has it that does not.
 */
export async function takeDirectory(root: string): Promise<DirectoryLock> {
  const deadline = performance.now() + YIELD_MS;
  let forgetWish: (() => void) | null = null;
  try {
    for (;;) {
      try {
        return lockDirectory(root);
      } catch (error) {
        const owner = directoryOwner(root);
        const mayPass = owner === null || owner.key !== undefined || forgetWish !== null;
        if (!isConflict(error) || !mayPass || performance.now() > deadline) throw error;
        forgetWish ??= announceWanted(root);
        if (owner !== null) await askToYield(owner);
        await sleep(LOOK_MS);
      }
    }
  } finally {
    forgetWish?.();
  }
}

function isConflict(error: unknown): boolean {
  return isSekhaError(error) && error.code === "conflict";
}

async function askToYield({ url, key }: DirectoryOwner): Promise<void> {
  if (url === null || key === undefined) return;
  try {
    await fetch(`${url}${YIELD_PATH}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(YIELD_MS),
    });
  } catch {
    // It is going, or gone: the lock says which.
  }
}
