import type { FrozenBlock } from "../../../core/ports/proxy-store.ts";
import type { MemoryClient } from "./memory-client.ts";

/** What became of a cited conversation. */
type Fate = { folder: string; isArchived: boolean } | "deleted";

/** Ids of one question; more would make its address too long. */
const PAGE = 150;

/**
 * Where the cited conversations are now; null when that cannot be found out in time. Deleting, archiving and moving are
 * noticed by this, before the next block is added.
 */
export async function fatesOf(
  client: MemoryClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fate> | null> {
  const fates = new Map<string, Fate>(ids.map((id) => [id, "deleted"]));
  try {
    for (let start = 0; start < ids.length; start += PAGE) {
      const page = ids.slice(start, start + PAGE);
      const query = { ids: page, status: "all", limit: PAGE } as const;
      const found = await client.conversations.list(query, { signal, timeout: 0, retries: 0 });
      for (const { id, folder, archived } of found.conversations) {
        fates.set(id, { folder, isArchived: archived });
      }
    }
    return fates;
  } catch {
    // Not known now: what stands in the prompt stays until it is.
    return null;
  }
}

/** Whether a block quotes what this request must not see, or what is no longer there. */
export function isUnwanted(
  { citations }: FrozenBlock,
  { excluded, fates }: { excluded: readonly string[]; fates: ReadonlyMap<string, Fate> | null },
): boolean {
  const folders = excluded.map(normalised);
  return citations.some(({ conversationId, folder }) => {
    if (folders.some((one) => isWithin(folder, one))) return true;
    const fate = fates?.get(conversationId);
    if (fate === undefined) return false;
    return (
      fate === "deleted" || fate.isArchived || folders.some((one) => isWithin(fate.folder, one))
    );
  });
}

function isWithin(folder: string, excluded: string): boolean {
  return excluded === "/" || folder === excluded || folder.startsWith(`${excluded}/`);
}

/** As the controller reads a folder: `work/` is `/work`. */
function normalised(folder: string): string {
  const segments = folder.split("/").map((segment) => segment.trim());
  return `/${segments.filter((segment) => segment !== "").join("/")}`;
}
