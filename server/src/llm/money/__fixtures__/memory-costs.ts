import type {
  CostChanges,
  CostEntry,
  CostGrouping,
  CostStore,
  CostSum,
} from "../../../core/ports/cost-store.ts";

/** A CostStore whose disk is a field, so that a test can break it and start again on what it holds. */
export class MemoryCosts implements CostStore {
  readonly leases = new Map<string, CostEntry>();
  readonly settled: CostEntry[] = [];
  readonly writes: CostChanges[] = [];
  /** While set, writes fail: `before` they were done, or `after`, as when only the answer is lost. */
  broken: "before" | "after" | null = null;
  readonly #batches = new Map<string, number>();

  async write(changes: CostChanges): Promise<void> {
    await Promise.resolve();
    if (this.broken === "before") throw new Error("disk full");
    this.writes.push(structuredClone(changes));
    this.#apply(structuredClone(changes));
    if (this.broken === "after") throw new Error("answer lost");
  }

  settleOrphans(): Promise<{ count: number; nano: bigint }> {
    const orphans = [...this.leases.values()];
    this.settled.push(...orphans);
    this.leases.clear();
    return Promise.resolve({ count: orphans.length, nano: total(orphans) });
  }

  spentSince(owner: string, { day, key }: { day: string; key?: string }): Promise<bigint> {
    const counted = [...this.settled, ...this.leases.values()].filter(
      (entry) =>
        entry.owner === owner && entry.day >= day && (key === undefined || entry.key === key),
    );
    return Promise.resolve(total(counted));
  }

  spentByKey({ since }: { since: string }): Promise<{ key: string; day: string; nano: bigint }[]> {
    const counted = [...this.settled, ...this.leases.values()].filter(({ day }) => day >= since);
    return Promise.resolve(
      counted.map((entry) => ({ key: entry.key, day: entry.day, nano: entry.nano ?? 0n })),
    );
  }

  sums(owner: string, { by }: { by: CostGrouping }): Promise<CostSum[]> {
    const own = this.settled.filter((entry) => entry.owner === owner);
    return this.#sumsOf(own, by);
  }

  sumsOfAll({ by }: { by: CostGrouping | "owner" }): Promise<CostSum[]> {
    return this.#sumsOf(this.settled, by);
  }

  #sumsOf(counted: CostEntry[], by: CostGrouping | "owner"): Promise<CostSum[]> {
    const groups = Map.groupBy(counted, (entry) => entry[by]);
    const sum = (entries: CostEntry[], read: (entry: CostEntry) => number) =>
      entries.reduce((all, entry) => all + read(entry), 0);
    return Promise.resolve(
      [...groups].map(([group, entries]) => ({
        group,
        nano: total(entries),
        requests: sum(entries, ({ requests = 1 }) => requests),
        unpriced: sum(entries, ({ nano, requests = 1 }) => (nano === null ? requests : 0)),
        promptTokens: sum(entries, (entry) => entry.promptTokens),
        completionTokens: sum(entries, (entry) => entry.completionTokens),
        cachedTokens: sum(entries, (entry) => entry.cachedTokens),
      })),
    );
  }

  get leased(): bigint {
    return total([...this.leases.values()]);
  }

  /** Settled and leased. */
  get counted(): bigint {
    return total([...this.settled, ...this.leases.values()]);
  }

  #apply({ reserve, settle, release, batch }: CostChanges): void {
    if (batch !== undefined) {
      if ((this.#batches.get(batch.writer) ?? 0) >= batch.number) return;
      this.#batches.set(batch.writer, batch.number);
    }
    for (const entry of reserve) this.leases.set(entry.id, entry);
    for (const entry of settle) this.leases.delete(entry.id);
    for (const { id } of release) this.leases.delete(id);
    this.settled.push(...settle);
  }
}

function total(entries: readonly CostEntry[]): bigint {
  return entries.reduce((sum, { nano }) => sum + (nano ?? 0n), 0n);
}
