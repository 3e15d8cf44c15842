import type { CostStore } from "../../core/ports/cost-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

/** A file for spending alone: the bridge's, where it runs apart from the controller and its memory. */
export interface CostDatabase {
  costs: CostStore;
  close(): Promise<void>;
}

/** Opens (and makes or migrates) the file; the schema is the memory's, whose other tables stay empty. */
export async function openCostDatabase(file: string): Promise<CostDatabase> {
  const { costs, close } = await openSqliteStore({ file, readers: 1 });
  return { costs, close };
}
