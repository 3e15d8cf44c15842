import type { CostStore } from "../../core/ports/cost-store.ts";
import { DatabaseThread } from "./database-thread.ts";

/** A file for spending alone: the bridge's, where it runs apart from the controller and its memory. */
export interface CostDatabase {
  costs: CostStore;
  close(): Promise<void>;
}

/** Opens (and makes or migrates) the file; the schema is the memory's, whose other tables stay empty. */
export async function openCostDatabase(file: string): Promise<CostDatabase> {
  const thread = new DatabaseThread({ file, role: "costs" });
  await thread.open();
  return { costs: costStore(thread), close: () => thread.close() };
}

function costStore(thread: DatabaseThread): CostStore {
  const call = async (name: string, argument: object) =>
    (await thread.call(name, argument)) as never;
  return {
    write: (changes) => call("writeCosts", { changes }),
    settleOrphans: () => call("settleCostOrphans", {}),
    spentSince: (owner, options) => call("costSpentSince", { owner, ...options }),
    spentByKey: (options) => call("costSpentByKey", options),
    sums: (owner, options) => call("costSums", { owner, ...options }),
    sumsOfAll: (options) => call("costSums", { owner: null, ...options }),
  };
}
