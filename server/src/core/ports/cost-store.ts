import type { Owner } from "../conversations/conversation.ts";

/** Money that one request may cost at most, or did cost. Amounts are integers of 10⁻⁹ US dollars. */
export interface CostEntry {
  owner: Owner;
  /** Unique; a lease is settled under the same id. */
  id: string;
  provider: string;
  model: string;
  task: string;
  /** Id of the API key; "" without one. */
  key: string;
  /** UTC day, `2026-11-25`. */
  day: string;
  /** Null: the price is not known, so it counts nowhere but is shown. Never null in a lease. */
  nano: bigint | null;
  /** How many requests it stands for; 1 when absent. */
  requests?: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  /** `reserved`: a lease that was not settled yet; after a crash it counts as spent. */
  state: "reserved" | "settled";
}

/** Sums of one group. */
export interface CostSum {
  /** Value of what was grouped by. */
  group: string;
  nano: bigint;
  requests: number;
  /** Requests whose price is not known. */
  unpriced: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
}

export type CostGrouping = "provider" | "model" | "key" | "day";

/** One group of changes. */
export interface CostChanges {
  reserve: CostEntry[];
  /** Settling removes the lease of the same id. */
  settle: CostEntry[];
  release: { owner: Owner; id: string }[];
  /** Numbers of one writer only grow. */
  batch?: { writer: string; number: number };
}

/** Durable spending. Sums are kept by (owner, day, provider, model, task, key), so that they stay small. */
export interface CostStore {
  /**
   * Adds and removes leases and adds what was settled, in one transaction. A group that has a `batch` is written once,
   * however often it is sent: a write whose answer was lost may be repeated.
   */
  write(changes: CostChanges): Promise<void>;
  /** At a start: leases of a process that died count as spent; answers how many and how much. */
  settleOrphans(): Promise<{ count: number; nano: bigint }>;
  /** Spent and leased since a day (inclusive), of all or of one key. */
  spentSince(owner: Owner, options: { day: string; key?: string }): Promise<bigint>;
  /** Spent and leased since a day (inclusive) of every owner, for limits that hold for all. */
  spentByKey(options: { since: string }): Promise<{ key: string; day: string; nano: bigint }[]>;
  /** What was settled, the dearest group first; days in their order. `since` and `until` are days, both inclusive. */
  sums(
    owner: Owner,
    options: { by: CostGrouping; since?: string; until?: string },
  ): Promise<CostSum[]>;
  /** The same of every owner, for an administrator; the owner "" is who was erased. */
  sumsOfAll(options: {
    by: CostGrouping | "owner";
    since?: string;
    until?: string;
  }): Promise<CostSum[]>;
}
