import { errorMessage, SekhaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { CostEntry, CostStore } from "../../core/ports/cost-store.ts";
import { type Lease, LeaseBlocks, type LeaseRows, sumsOf } from "./lease-blocks.ts";
import { formatDollars } from "./nano.ts";

export interface CostWriterDependencies {
  store: CostStore;
  log: Log;
  newId: () => string;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What is settled waits so long for company. A lease that does not fit its row does not: it takes with it what waits. */
const GROUP_DELAY_MS = 50;
/** After so long without a call the rows of leases are cut to what is needed. */
const REST_MS = 1000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

interface Group {
  /** undefined: not taken yet. */
  leases: LeaseRows | undefined;
  /** One entry for all requests that are added to the same sums: a failing disk cannot fill the memory. */
  settled: Map<string, CostEntry>;
  waiting: PromiseWithResolvers<void>[];
  /** Set when it is first written, and then it does not change any more. */
  number: number;
}

/** Hands spending to the store in groups, one after another; repeats a group until it is written. */
export class CostWriter {
  readonly #dependencies: CostWriterDependencies;
  readonly #writer: string;
  readonly #leases: LeaseBlocks;
  #pending = emptyGroup();
  /** Taken, and not known to be written. */
  #current: Group | null = null;
  #numbers = 0;
  #failures = 0;
  #running = false;
  #closed = false;
  #isClosing = false;
  #hurry = new AbortController();

  constructor(dependencies: CostWriterDependencies) {
    this.#dependencies = dependencies;
    this.#writer = dependencies.newId();
    this.#leases = new LeaseBlocks(dependencies.newId);
  }

  /**
   * Sets an entry's estimate aside: at once where its row has room, else when a larger row is durable. Rejects when it
   * cannot be written now, and then it does not count. `mostSpare`: what all rows may hold beyond what is needed.
   */
  lease(entry: CostEntry, mostSpare: bigint): Lease | Promise<Lease> {
    const lease = this.#leases.take(entry, mostSpare);
    return lease.block.isCovered ? lease : this.#durable(lease);
  }

  /** Adds what a request cost, and ends its lease if it has one. */
  settle(entry: CostEntry, lease: Lease | undefined): void {
    this.#addSettled(entry);
    lease?.block.settle(lease.nano);
    this.#start();
  }

  /** Ends a lease of which nothing was spent. */
  release({ block, nano }: Lease): void {
    block.giveBack(nano);
    this.#start();
  }

  /** Resolves when all that was handed in is durable; rejects when it cannot be written now. It is kept then. */
  flush(): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.#pending.waiting.push(waiting);
    this.#start();
    this.#hurry.abort();
    return waiting.promise;
  }

  /** Writes what waits, once; says what could not be written. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.flush().catch(() => this.#reportLoss());
    this.#closed = true;
    this.#hurry.abort();
  }

  async #durable(lease: Lease): Promise<Lease> {
    try {
      await this.flush();
      return lease;
    } catch (error) {
      this.release(lease);
      throw error;
    }
  }

  #addSettled(entry: CostEntry): void {
    const { settled } = this.#pending;
    const { nano } = entry;
    const sums = nano === null ? `${sumsOf(entry)}\0unpriced` : sumsOf(entry);
    const known = settled.get(sums);
    if (known === undefined) {
      settled.set(sums, { ...entry, id: this.#dependencies.newId(), requests: 1 });
      return;
    }
    known.nano = nano === null ? null : (known.nano ?? 0n) + nano;
    known.requests = (known.requests ?? 1) + 1;
    known.promptTokens += entry.promptTokens;
    known.completionTokens += entry.completionTokens;
    known.cachedTokens += entry.cachedTokens;
  }

  #start(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#closed && (this.#hasWork || this.#leases.hasSpare)) {
      if (this.#pending.waiting.length === 0) await this.#pause();
      await this.#writeNext();
    }
    this.#running = false;
  }

  get #hasWork(): boolean {
    return this.#current !== null || !isEmpty(this.#pending);
  }

  async #pause(): Promise<void> {
    this.#hurry = new AbortController();
    const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    const groupMs = this.#hasWork ? GROUP_DELAY_MS : REST_MS;
    const milliseconds = this.#failures === 0 ? groupMs : retryMs;
    await this.#dependencies.sleep(milliseconds, this.#hurry.signal);
  }

  async #writeNext(): Promise<void> {
    const group = this.#current ?? this.#take();
    try {
      if (rowsOf(group) > 0) {
        await this.#dependencies.store.write({
          reserve: group.leases?.reserve ?? [],
          settle: [...group.settled.values()],
          release: group.leases?.release ?? [],
          batch: { writer: this.#writer, number: group.number },
        });
      }
    } catch (error) {
      this.#fail(group, error);
      return;
    }
    this.#current = null;
    this.#leases.written();
    if (this.#failures > 0) this.#dependencies.log.info("Costs can be written again");
    this.#failures = 0;
    for (const { resolve } of group.waiting.splice(0)) resolve();
  }

  #take(): Group {
    this.#numbers += 1;
    const leases = this.#leases.send({ isLast: this.#isClosing });
    const group = { ...this.#pending, leases, number: this.#numbers };
    this.#pending = emptyGroup();
    this.#current = group;
    return group;
  }

  /** Nobody waits for a disk that fails: leases are refused, and what was spent is kept. */
  #fail(group: Group, cause: unknown): void {
    this.#failures += 1;
    const reason = errorMessage(cause);
    if (this.#failures === 1) {
      this.#dependencies.log.error(`Costs cannot be written and are kept in memory: ${reason}`);
    }
    // The group is sent again as it is, since it may have been written; the next one cuts what it leased in vain.
    const waiting = [...group.waiting.splice(0), ...this.#pending.waiting.splice(0)];
    const error = new SekhaError(
      "unavailable",
      `Spending cannot be recorded, so calls under a budget have to wait: ${reason}`,
      { cause, retryAfterSeconds: 5 },
    );
    for (const { reject } of waiting) reject(error);
  }

  #reportLoss(): void {
    const entries = [this.#current, this.#pending].flatMap((group) => [
      ...(group?.settled.values() ?? []),
    ]);
    const nano = entries.reduce((sum, entry) => sum + (entry.nano ?? 0n), 0n);
    const requests = entries.reduce((sum, entry) => sum + (entry.requests ?? 1), 0);
    if (requests === 0) return;
    this.#dependencies.log.error(
      `The cost of ${requests} requests, ${formatDollars(nano)}, could not be written and is lost`,
    );
  }
}

function emptyGroup(): Group {
  return { leases: undefined, settled: new Map(), waiting: [], number: 0 };
}

function isEmpty({ settled, waiting }: Group): boolean {
  return settled.size + waiting.length === 0;
}

function rowsOf({ leases, settled }: Group): number {
  return settled.size + (leases?.reserve.length ?? 0) + (leases?.release.length ?? 0);
}
