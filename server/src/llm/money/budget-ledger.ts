import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { CostEntry } from "../../core/ports/cost-store.ts";
import type { Usage } from "../../protocols/openai/chat.ts";
import {
  type BudgetLimit,
  type Budgets,
  budgetLimits,
  periodOf,
  resetsAt,
} from "./budget-limits.ts";
import { CostWriter, type CostWriterDependencies } from "./cost-writer.ts";
import { recordedTokens } from "./estimate.ts";
import type { Lease } from "./lease-blocks.ts";
import { formatDollars } from "./nano.ts";
import { dayOf, monthOf, Spending } from "./spending.ts";

export interface BudgetLedgerDependencies extends CostWriterDependencies {
  budgets: Budgets;
  /** Milliseconds since the epoch: days and months are UTC. */
  clock: () => number;
}

/** One attempt that may cost something. */
export interface ReserveRequest {
  owner: Owner;
  provider: string;
  model: string;
  task: string;
  /** Id of the API key; callers without one share one budget. */
  key: string | undefined;
  /** Upper bound in nano-dollars; 0n is free and never refused; null: not known, refused under any limit. */
  estimate: bigint | null;
}

/** Money set aside for one attempt. Ended exactly once, by settling or releasing; later calls do nothing. */
export interface Reservation {
  /**
   * What it did cost, even if that is more than was reserved. A cost of null counts as the estimate: count the tokens
   * yourself where the provider did not.
   */
  settle(outcome: { cost: bigint | null; usage: Usage | null }): void;
  /** Nothing was spent. */
  release(): void;
}

/** One limit with what is left of it, nano-dollars. */
export interface BudgetView {
  /** As in the configuration. */
  name: string;
  /** Of a limit for each key; "" for callers without one. */
  key: string | undefined;
  limit: bigint;
  /** Reserved is spent until it is settled. */
  spent: bigint;
  /** Never below 0. */
  left: bigint;
  /** Milliseconds since the epoch. */
  resetsAt: number;
}

/** Of the smallest limit, one hundredth may be set aside ahead of the calls. */
const SPARE_PART = 100n;
/** A million dollars for one request is a mistake in a price, and must fit the database's sums. */
const MOST_NANO = 1_000_000n * 1_000_000_000n;

/**
 * What was spent and reserved this day and month, against the limits. Sums live in memory, so that a check takes no time
 * and two requests never take the same money; the store gets them in groups (docs/decisions/money.md).
 */
export class BudgetLedger {
  readonly #clock: () => number;
  readonly #writer: CostWriter;
  readonly #spending = new Spending();
  #limits: readonly BudgetLimit[] = [];
  /** What may be set aside before a call asks for it: a crash makes it spent. */
  #mostSpare = 0n;

  private constructor(dependencies: BudgetLedgerDependencies) {
    this.#clock = dependencies.clock;
    this.#writer = new CostWriter(dependencies);
    this.configure(dependencies.budgets);
  }

  /** Counts what a process that died had under way as spent, then reads this month's sums. */
  static async open(dependencies: BudgetLedgerDependencies): Promise<BudgetLedger> {
    const { store, log, clock } = dependencies;
    const orphans = await store.settleOrphans();
    if (orphans.count > 0) {
      log.warn(
        `Sekha ended last without settling all calls; what was set aside for them counts as spent, ${formatDollars(orphans.nano)}`,
      );
    }
    const ledger = new BudgetLedger(dependencies);
    const since = `${monthOf(dayOf(clock()))}-01`;
    for (const { key, day, nano } of await store.spentByKey({ since })) {
      ledger.#spending.add(key, day, nano);
    }
    return ledger;
  }

  /** Takes new limits; what was spent stays. */
  configure(budgets: Budgets): void {
    this.#limits = budgetLimits(budgets);
    const amounts = this.#limits.map(({ nano }) => nano);
    this.#mostSpare = amounts.reduce(least, amounts[0] ?? 0n) / SPARE_PART;
  }

  /**
   * Why a call that may cost so much is refused now: limit, spent, asked, when it begins anew. null: it is not. Of a call
   * whose price is not known (null) it only names the limit, as in `budgets.per_day is $5.00`.
   */
  refusal(estimate: bigint | null, key: string | undefined): string | null {
    const [narrowest] = this.#limits;
    if (estimate === 0n || narrowest === undefined) return null;
    if (estimate === null) return `budgets.${narrowest.name} is ${formatDollars(narrowest.nano)}`;
    const exceeded = this.#limits.find((limit) => this.#spent(limit, key) + estimate > limit.nano);
    return exceeded === undefined ? null : this.#explain(exceeded, estimate, key);
  }

  /**
   * Sets the estimate aside, at once. Under a limit it answers when the lease is durable, so that a crash forgets
   * nothing; mostly it is already, and then without a promise, as without a limit.
   * @throws SekhaError `budget_exceeded` with the numbers; `unavailable` when spending cannot be recorded.
   */
  reserve(request: ReserveRequest): Reservation | Promise<Reservation> {
    const refusal = this.refusal(request.estimate, request.key);
    if (refusal !== null) {
      throw new SekhaError("budget_exceeded", refusalText(request, refusal));
    }
    const entry = this.#entryOf(request);
    const { key, day } = entry;
    const reserved = entry.nano ?? 0n;
    this.#spending.add(key, day, reserved);
    if (reserved === 0n || this.#limits.length === 0) return this.#reservation(entry, undefined);
    const lease = this.#writer.lease(entry, this.#mostSpare);
    return lease instanceof Promise
      ? this.#reservedWhenDurable(entry, lease)
      : this.#reservation(entry, lease);
  }

  async #reservedWhenDurable(entry: CostEntry, lease: Promise<Lease>): Promise<Reservation> {
    try {
      return this.#reservation(entry, await lease);
    } catch (error) {
      this.#spending.add(entry.key, entry.day, -(entry.nano ?? 0n));
      throw error;
    }
  }

  /** Every limit with what is left of it; those for each key for the keys that spent anything. */
  budgets(): BudgetView[] {
    return this.#limits.flatMap((limit) => {
      const period = periodOf(limit, this.#clock());
      const keys = limit.forEachKey ? this.#spending.keys(period) : [undefined];
      return keys.map((key) => this.#view(limit, key));
    });
  }

  /** Resolves when all spending so far is durable; rejects when it cannot be written now. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is left. Reservations that are still open stay leased and count as spent. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  #entryOf(request: ReserveRequest): CostEntry {
    const { owner, provider, model, task, key = "", estimate } = request;
    return {
      owner,
      // Rows have ids, and those of many requests are one.
      id: "",
      provider,
      model,
      task,
      key,
      day: dayOf(this.#clock()),
      nano: estimate === null ? null : atMost(estimate),
      promptTokens: 0,
      completionTokens: 0,
      cachedTokens: 0,
      state: "reserved",
    };
  }

  #reservation(entry: CostEntry, lease: Lease | undefined): Reservation {
    const reserved = entry.nano ?? 0n;
    let open = true;
    const end = (spent: bigint): boolean => {
      if (!open) return false;
      open = false;
      this.#spending.add(entry.key, entry.day, spent - reserved);
      return true;
    };
    return {
      settle: ({ cost, usage }) => {
        const nano = cost === null ? entry.nano : atMost(cost);
        if (!end(nano ?? 0n)) return;
        const settled: CostEntry = { ...entry, ...recordedTokens(usage), nano, state: "settled" };
        this.#writer.settle(settled, lease);
      },
      release: () => {
        if (end(0n) && lease !== undefined) this.#writer.release(lease);
      },
    };
  }

  #spent(limit: BudgetLimit, key: string | undefined): bigint {
    const period = periodOf(limit, this.#clock());
    return this.#spending.spent(period, limit.forEachKey ? (key ?? "") : undefined);
  }

  #explain(limit: BudgetLimit, estimate: bigint, key: string | undefined): string {
    const whose = limit.forEachKey ? " of this API key" : "";
    const spent = this.#spent(limit, key);
    const reset = new Date(resetsAt(limit, this.#clock())).toISOString();
    return (
      `The budget of ${formatDollars(limit.nano)} a ${limit.span}${whose} leaves too little: ` +
      `${formatDollars(spent)} is spent or reserved, and this call may cost up to ${formatDollars(estimate)}. ` +
      `It begins anew at ${reset}; budgets.${limit.name} sets it, and free models are not limited.`
    );
  }

  #view(limit: BudgetLimit, key: string | undefined): BudgetView {
    const spent = this.#spent(limit, key);
    return {
      name: limit.name,
      key,
      limit: limit.nano,
      spent,
      left: spent < limit.nano ? limit.nano - spent : 0n,
      resetsAt: resetsAt(limit, this.#clock()),
    };
  }
}

function refusalText({ estimate, provider, model }: ReserveRequest, refusal: string): string {
  if (estimate !== null) return refusal;
  return `The price of ${model} at '${provider}' is not known, and ${refusal}. Set cost_per_1k_input and cost_per_1k_output, or free: true.`;
}

function atMost(nano: bigint): bigint {
  return nano < MOST_NANO ? nano : MOST_NANO;
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
