import type { Log } from "../../../core/log.ts";
import { BudgetLedger, type ReserveRequest } from "../budget-ledger.ts";
import type { Budgets } from "../budget-limits.ts";
import { MemoryCosts } from "./memory-costs.ts";

/** A ledger whose clock, disk and pauses a test moves by hand. */
export class LedgerWorld {
  readonly costs: MemoryCosts;
  readonly logged: string[] = [];
  now = Date.parse("2026-11-25T12:00:00Z");
  readonly #sleepers = new Set<() => void>();
  #ids = 0;

  constructor(costs = new MemoryCosts()) {
    this.costs = costs;
  }

  open(budgets: Budgets = {}): Promise<BudgetLedger> {
    const write = (message: string) => void this.logged.push(message);
    const log: Log = { debug: write, info: write, warn: write, error: write };
    return BudgetLedger.open({
      store: this.costs,
      log,
      budgets,
      clock: () => this.now,
      newId: () => `id${this.#ids++}`,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          const wake = () => {
            this.#sleepers.delete(wake);
            resolve();
          };
          this.#sleepers.add(wake);
          signal.addEventListener("abort", wake, { once: true });
        }),
    });
  }

  /** Ends every pause, and lets what follows from it happen. */
  async elapse(): Promise<void> {
    for (const wake of this.#sleepers) wake();
    await settled();
  }
}

/** Lets everything happen that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function call(changes: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    owner: "local",
    provider: "openai",
    model: "gpt-4o",
    task: "chat_smart",
    key: "k",
    estimate: 100_000_000n,
    ...changes,
  };
}

export function usageOf(prompt_tokens: number, completion_tokens: number) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
