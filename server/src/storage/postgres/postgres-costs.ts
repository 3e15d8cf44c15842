import type { Owner } from "../../core/conversations/conversation.ts";
import type { CostChanges, CostGrouping, CostStore, CostSum } from "../../core/ports/cost-store.ts";
import * as costs from "./costs.ts";
import type { PostgresDatabase } from "./database.ts";
import type { LiveProcess } from "./live-process.ts";

/** Spending that several processes write: each holds its own leases. */
export class PostgresCosts implements CostStore {
  readonly #database: PostgresDatabase;
  readonly #process: LiveProcess;

  constructor(database: PostgresDatabase, process: LiveProcess) {
    this.#database = database;
    this.#process = process;
  }

  async write(changes: CostChanges): Promise<void> {
    await this.#process.live();
    await this.#database.asService((session) =>
      costs.writeCosts(session, changes, this.#process.id),
    );
  }

  async settleOrphans(): Promise<{ count: number; nano: bigint }> {
    return await this.#database.asService((session) =>
      costs.settleOrphans(session, this.#process.id),
    );
  }

  async spentSince(owner: Owner, options: { day: string; key?: string }): Promise<bigint> {
    return await this.#database.forOwner(owner, (session) =>
      costs.spentSince(session, owner, options),
    );
  }

  async spentByKey({ since }: { since: string }) {
    return await this.#database.asService((session) => costs.spentByKey(session, since));
  }

  async sums(
    owner: Owner,
    options: { by: CostGrouping; since?: string; until?: string },
  ): Promise<CostSum[]> {
    return await this.#database.forOwner(owner, (session) =>
      costs.costSums(session, owner, options),
    );
  }

  async sumsOfAll(options: {
    by: CostGrouping | "owner";
    since?: string;
    until?: string;
  }): Promise<CostSum[]> {
    return await this.#database.asService((session) => costs.costSums(session, null, options));
  }
}
