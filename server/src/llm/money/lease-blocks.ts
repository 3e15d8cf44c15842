import type { Owner } from "../../core/conversations/conversation.ts";
import type { CostEntry } from "../../core/ports/cost-store.ts";

/** Money set aside for one call, on disk before the call began. */
export interface Lease {
  readonly block: LeaseBlock;
  readonly nano: bigint;
}

/** So many calls may begin while one group is written: at 50 ms a group, about 5,000 a second. */
const CALLS_AHEAD = 256n;

/**
 * Leases of all calls that are added to the same sums: one row, which is more than they may cost together. What is left
 * in it lets the next ones begin without waiting for the disk. A process that dies has spent all of it.
 */
export class LeaseBlock {
  /** Who pays and for what; its id is the row's. */
  readonly entry: CostEntry;
  /** Reserved, or settled and not known to be written. */
  #held = 0n;
  /** Of these, what the next group settles. */
  #settled = 0n;
  #onDisk = 0n;
  /** The row in the group under way, and what that group settles. */
  #sent: { nano: bigint; settled: bigint } | undefined;
  #latest = 0n;
  #wasUsed = false;

  constructor(entry: CostEntry) {
    this.entry = entry;
  }

  /** Whether what is held is on disk, and stays so when the group under way is written. */
  get isCovered(): boolean {
    if (this.#held > this.#onDisk) return false;
    return this.#sent === undefined || this.#held - this.#sent.settled <= this.#sent.nano;
  }

  get isOver(): boolean {
    return this.#held === 0n && this.#onDisk === 0n && this.#sent === undefined;
  }

  get hasSpare(): boolean {
    return this.#onDisk > this.#held;
  }

  hold(nano: bigint): void {
    this.#held += nano;
    this.#latest = nano;
    this.#wasUsed = true;
  }

  giveBack(nano: bigint): void {
    this.#held -= nano;
  }

  /** What it did cost is in the next group. */
  settle(nano: bigint): void {
    this.#settled += nano;
  }

  /** The row that the next group has to write; undefined: the one on disk is right. A block at rest keeps nothing spare. */
  send(mostSpare: bigint): { nano: bigint; spare: bigint } | undefined {
    const wanted = this.#wasUsed ? this.#latest * CALLS_AHEAD : 0n;
    const spare = wanted < mostSpare ? wanted : mostSpare;
    const nano = this.#held - this.#settled + spare;
    this.#wasUsed = false;
    if (nano === this.#onDisk && this.#settled === 0n) return undefined;
    this.#sent = { nano, settled: this.#settled };
    this.#settled = 0n;
    return { nano, spare };
  }

  written(): void {
    if (this.#sent === undefined) return;
    this.#onDisk = this.#sent.nano;
    this.#held -= this.#sent.settled;
    this.#sent = undefined;
  }
}

/** What a group writes of leases. */
export interface LeaseRows {
  reserve: CostEntry[];
  release: { owner: Owner; id: string }[];
}

/** The leases of one process. */
export class LeaseBlocks {
  readonly #newId: () => string;
  readonly #blocks = new Map<string, LeaseBlock>();
  #mostSpare = 0n;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Whether there are rows that hold more than is needed. */
  get hasSpare(): boolean {
    for (const block of this.#blocks.values()) if (block.hasSpare) return true;
    return false;
  }

  /** Sets an entry's estimate aside. `mostSpare`: what all rows together may hold beyond what is needed. */
  take(entry: CostEntry, mostSpare: bigint): Lease {
    const nano = entry.nano ?? 0n;
    this.#mostSpare = mostSpare;
    const name = sumsOf(entry);
    let block = this.#blocks.get(name);
    if (block === undefined) {
      block = new LeaseBlock({ ...entry, id: this.#newId() });
      this.#blocks.set(name, block);
    }
    block.hold(nano);
    return { block, nano };
  }

  /** The rows of the next group. No other may be taken before `written`. */
  send({ isLast }: { isLast: boolean }): LeaseRows {
    const rows: LeaseRows = { reserve: [], release: [] };
    let left = isLast ? 0n : this.#mostSpare;
    for (const block of this.#blocks.values()) {
      const sent = block.send(left);
      if (sent === undefined) continue;
      left -= sent.spare;
      if (sent.nano > 0n) rows.reserve.push({ ...block.entry, nano: sent.nano });
      else rows.release.push({ owner: block.entry.owner, id: block.entry.id });
    }
    return rows;
  }

  /** The group with the rows that were sent is on disk. */
  written(): void {
    for (const [name, block] of this.#blocks) {
      block.written();
      if (block.isOver) this.#blocks.delete(name);
    }
  }
}

type Sums = Pick<CostEntry, "owner" | "day" | "provider" | "model" | "task" | "key">;

/** Of the last answer: a call is asked for twice, and the next one is mostly of the same. */
const last: { sums: Sums | undefined; name: string } = { sums: undefined, name: "" };

/** Name of the sums that an entry is added to. */
export function sumsOf(entry: CostEntry): string {
  const { owner, day, provider, model, task, key } = entry;
  const { sums } = last;
  if (sums === undefined || !isSame(sums, entry)) {
    last.sums = { owner, day, provider, model, task, key };
    last.name = `${owner}\0${day}\0${provider}\0${model}\0${task}\0${key}`;
  }
  return last.name;
}

function isSame(one: Sums, other: Sums): boolean {
  return (
    one.key === other.key &&
    one.model === other.model &&
    one.task === other.task &&
    one.provider === other.provider &&
    one.day === other.day &&
    one.owner === other.owner
  );
}
