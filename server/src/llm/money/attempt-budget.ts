import { isSekhaError } from "../../core/errors.ts";
import type { Reservation } from "../execution/attempt-holdings.ts";
import type { Budget, Granted } from "../execution/execution.ts";
import type { Prices } from "../registry/entries.ts";
import type { BudgetLedger, Reservation as LedgerReservation } from "./budget-ledger.ts";
import { costOf } from "./estimate.ts";

/** The ledger as the attempt engine wants it: candidates in, what they used out, refusals as values. */
export function attemptBudget(ledger: Pick<BudgetLedger, "reserve">): Budget {
  return {
    reserve: ({ candidate, owner, keyId: key }) => {
      const { provider, model, task, estimate } = candidate;
      const { modelId, prices } = model;
      const granted = (reserved: LedgerReservation): Granted => ({
        reservation: reservation(reserved, { estimate, prices }),
      });
      try {
        const asked = { owner, provider: provider.id, model: modelId, task, key, estimate };
        const reserved = ledger.reserve(asked);
        return reserved instanceof Promise
          ? reserved.then(granted).catch(refusal)
          : granted(reserved);
      } catch (error) {
        return refusal(error);
      }
    },
  };
}

/** A free candidate may still serve: it needs no lease. Throws what is no refusal. */
function refusal(error: unknown): Granted {
  if (!isSekhaError(error)) throw error;
  const { message, retryAfterSeconds } = error;
  const wait = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
  return { refused: message, retryAfterMs: wait };
}

function reservation(
  reserved: LedgerReservation,
  { estimate, prices }: { estimate: bigint | null; prices: Prices },
): Reservation {
  return {
    estimate,
    settle: (usage) => {
      const { cost } = costOf(prices, usage);
      reserved.settle({ cost, usage });
      return cost;
    },
    release: () => reserved.release(),
  };
}
